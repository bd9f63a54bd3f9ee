"""Words of the sign-in page."""

WORDS = {
    "sign_in_title": ("登录 · 广州应急一张图", "Sign in · Guangzhou One Map"),
    "sign_in_once": ("点击进入。链接只能使用一次。", "Press to come in. The link works once."),
    "sign_in_enter": ("进入", "Enter"),
    "sign_in_name": ("账号", "Name"),
    "sign_in_password": ("密码", "Password"),
    "sign_in_no_password": (
        "没有密码？请管理员给您一个一次性登录地址：",
        "No password? An administrator gives you a one-time address with",
    ),
    "sign_in_link_used": ("登录链接已用过或已过期。", "This link has been used or is too old."),
    "sign_in_refused": (
        "账号或密码不对，或尝试过多需稍候。",
        "Wrong name or password, or too many tries: wait a little.",
    ),
}
