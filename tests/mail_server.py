"""A mailbox that answers as much of IMAP4rev1 (RFC 3501) as a reader needs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage


def mail(sender: str, *attachments: bytes) -> bytes:
    """A mail with CAP messages attached."""
    told = EmailMessage()
    told["From"] = f"Somebody <{sender}>"
    told["Subject"] = "alert"
    told.set_content("see attachment")
    for number, content in enumerate(attachments):
        told.add_attachment(content, "application", "cap+xml", filename=f"{number}.cap")
    return bytes(told)


@dataclass
class MailServer:
    """`mails` by UID. `said` are the commands that came, without their tags."""

    mails: dict[int, bytes] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    port: int = 0
    validity: int = 7

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := (await reader.readline()).decode().strip():
            tag, _, command = line.partition(" ")
            self.said.append(command)
            for told in self._answers(command):
                writer.write(told + b"\r\n")
            refused = command.startswith("LOGIN") and '"right"' not in command
            writer.write(f"{tag} {'NO wrong' if refused else 'OK'} {command.split()[0]}\r\n".encode())
            await writer.drain()
            if command == "LOGOUT":
                break
        writer.close()

    def _answers(self, command: str) -> list[bytes]:
        match command.split():
            case ["CAPABILITY"]:
                return [b"* CAPABILITY IMAP4rev1"]
            case ["EXAMINE", _]:
                return [
                    f"* {len(self.mails)} EXISTS".encode(),
                    f"* OK [UIDVALIDITY {self.validity}]".encode(),
                ]
            case ["UID", "SEARCH", "UID", span]:
                first = int(span.partition(":")[0])
                named = [uid for uid in self.mails if uid >= first] or [max(self.mails)]
                return [f"* SEARCH {' '.join(map(str, named))}".encode()]
            case ["UID", "FETCH", uid, _]:
                content = self.mails[int(uid)]
                return [f"* {uid} FETCH (UID {uid} BODY[] {{{len(content)}}}\r\n".encode() + content + b")"]
            case ["LOGOUT"]:
                return [b"* BYE"]
        return []

    @asynccontextmanager
    async def running(self) -> AsyncIterator["MailServer"]:
        """Listens on a free port of this machine."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()
