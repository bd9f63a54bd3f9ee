"""A warning in force, as a weather centre would send it."""

from datetime import datetime, timedelta

from emmap.view import BEIJING


def warning(
    colour: str = "红", identifier: str = "A", *, status: str = "Actual", refers_to: str = ""
) -> bytes:
    """A warning in force, as a centre would send it."""
    sent = (datetime.now(BEIJING) - timedelta(minutes=1)).isoformat(timespec="seconds")
    ends = (datetime.now(BEIJING) + timedelta(hours=3)).isoformat(timespec="seconds")
    return (
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>{identifier}</identifier><sender>gd@example.cn</sender><sent>{sent}</sent>"
        f"<status>{status}</status><msgType>{'Update' if refers_to else 'Alert'}</msgType><scope>Public</scope>"
        f"<references>{refers_to}</references><info><language>zh-CN</language><category>Met</category><event>暴雨</event>"
        "<urgency>Immediate</urgency><severity>Extreme</severity><certainty>Likely</certainty>"
        f"<expires>{ends}</expires><headline>黄埔区发布暴雨{colour}色预警信号</headline><area><areaDesc>黄埔区</areaDesc>"
        "<geocode><valueName>GB2260</valueName><value>440112</value></geocode></area></info></alert>"
    ).encode()
