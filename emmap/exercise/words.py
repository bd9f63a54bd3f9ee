"""Made-up names for people and firms. Firms begin with 穗演, so that none is taken for a real one."""

import numpy as np

SURNAMES = "陈李黄张梁林刘吴何罗郑谢邓冯许曾蔡苏叶潘卢钟谭邱江彭"
GIVEN = "志伟秀英建国丽华俊杰晓明嘉颖文轩雅婷永康子健思琪海涛春燕国栋淑贞锦荣慧敏少峰雪梅"
BRANDS = "恒屹沐川云栎泽岚启衡禾穗景澜宏砚瑞椿安岑诚樾远峤明汐"


def person(rng: np.random.Generator) -> str:
    """A person's name."""
    pair = 2 * int(rng.integers(len(GIVEN) // 2))
    return SURNAMES[int(rng.integers(len(SURNAMES)))] + GIVEN[pair : pair + 2]


def firm(rng: np.random.Generator, trade: str) -> str:
    """A firm's name."""
    pair = 2 * int(rng.integers(len(BRANDS) // 2))
    return f"穗演{BRANDS[pair : pair + 2]}{trade}"


def phone(rng: np.random.Generator) -> str:
    """A number that nobody has: Guangzhou lines do not begin with 0."""
    return f"020-0000{int(rng.integers(10_000)):04d}"
