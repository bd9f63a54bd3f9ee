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
    "oidc_title": ("统一身份认证", "single sign-on"),
    "oidc_enter": ("用{title}登录", "Sign in with {title}"),
    "sign_in_oidc_down": (
        "统一身份认证没有应答，或应答有误；请稍后再试，或用账号和密码登录。",
        "The sign-in provider does not answer, or not as it should: try again later, or use name and password.",
    ),
    "sign_in_oidc_late": (
        "登录已超时，或不是在这个浏览器里开始的；请重新登录。",
        "This took too long or was not begun in this browser: sign in again.",
    ),
    "sign_in_oidc_unproven": (
        "统一身份认证给出的凭证无法核实，未予登录；请告知管理员。",
        "What the sign-in provider sent cannot be verified, so you are not let in: tell an administrator.",
    ),
    "sign_in_oidc_denied": (
        "统一身份认证未完成登录；请重新登录。",
        "The sign-in provider did not complete the sign-in: try again.",
    ),
    "sign_in_oidc_no_role": (
        "您在统一身份认证中没有本系统的角色；请管理员授予。",
        "The sign-in provider gives you no role here: ask an administrator for one.",
    ),
    "sign_in_oidc_no_district": (
        "统一身份认证没有说明您所在的区，或所说的区不存在；请告知管理员。",
        "The sign-in provider names no district of yours, or one that does not exist: tell an administrator.",
    ),
    "sign_in_oidc_disabled": (
        "您的账号已停用；请联系管理员。",
        "Your account is disabled: ask an administrator.",
    ),
    "sign_in_oidc_taken": (
        "同名的账号已经存在，且不属于统一身份认证；请联系管理员。",
        "An account of your name exists already and is not the provider's: ask an administrator.",
    ),
    "sign_in_oidc_last": (
        "您是最后一个系统管理员，而统一身份认证给了您别的角色；请先新增另一个管理员。",
        "You are the last administrator and the provider gives you another role: add another administrator first.",
    ),
}
