"""Writes `teams_gcj02.xlsx` and `hotspots.csv`: the hand-made tables of the tests, made up (演练).

python tests/samples/make_tables.py
"""

import csv
from datetime import datetime
from pathlib import Path

import numpy as np
import xlsxwriter

from emmap.ingest.datums import gcj02_of_wgs84

HERE = Path(__file__).parent
TEAMS = (
    ("YL-001", "荔城街三防抢险队", "区级队伍", 42, 113.8290, 23.2910, "陈志伟", "待命", "洪水;内涝;暴雨", "水上、陆上"),
    ("YL-002", "新塘镇排水防涝抢险队", "行业队伍", 65, 113.6083, 23.1150, "李秀英", "备勤", "内涝;暴雨", "水上"),
    ("YL-003", "派潭镇森林消防中队", "区级队伍", 38, 113.7760, 23.5000, "黄建国", "待命", "森林火灾", "山上"),
    ("YL-004", "永和街危化品应急救援队", "行业队伍", 57, 113.5600, 23.2000, "张丽华", "已出动", "危险化学品;火灾", "陆上"),
    ("YL-005", "穗演天河山地救援队", "社会力量", 73, 113.3790, 23.1960, "梁俊杰", "待命", "森林火灾;地质灾害", "山上;空中"),
    ("YL-006", "太平镇地质灾害应急队", "区级队伍", 29, 113.4940, 23.4470, "林晓明", "休整", "地质灾害", "山上、陆上"),
    ("YL-007", "市燃气抢险队第九分队", "行业队伍", 48, 113.2640, 23.1290, "刘嘉颖", "备勤", "燃气与管线", "陆上；楼上"),
    ("YL-008", "万顷沙镇水利抢险队", "区级队伍", 51, 113.5630, 22.6900, "吴文轩", "待命", "洪水;堤防险情;台风", "水上"),
    ("YL-009", "穗演海珠水域救援队", "社会力量", 64, 113.3213, 23.0846, "何雅婷", "待命", "洪水;内涝", "水上;海上"),
    ("YL-010", "市通信保障队第三分队", "行业队伍", 33, 113.3450, 23.1300, "罗永康", "", "基础设施", "陆上、空中"),
    ("YL-011", "狮岭镇综合应急救援队", "区级队伍", 44, 113.1530, 23.4600, "郑子健", "待命", "火灾;洪水", "楼上；陆上"),
    ("YL-012", "穗演无人机志愿队", "社会力量", 26, None, None, "谢思琪", "备勤", "森林火灾;内涝", "空中"),
)  # fmt: skip
PLACES = (
    ("440118", "新塘镇", 113.6083, 23.1150),
    ("440112", "云埔街", 113.5100, 23.1500),
    ("440117", "太平镇", 113.4940, 23.4470),
    ("440111", "太和镇", 113.3560, 23.2940),
    ("440115", "万顷沙镇", 113.5630, 22.6900),
    ("440106", "石牌街", 113.3450, 23.1300),
)
FINDINGS = (
    ("家具厂", "工贸制造", "工矿商贸;火灾", "疏散通道堵塞", "黄"),
    ("下穿隧道", "道路桥梁", "交通运输;内涝", "积水点未设水尺", "橙"),
    ("削坡建房点", "地质灾害", "地质灾害", "坡面裂缝扩展", "红"),
    ("餐饮店", "城镇燃气", "燃气与管线", "未装报警切断阀", "蓝"),
    ("小型水库", "水库山塘", "水库险情", "溢洪道堵塞", "橙"),
)
STAGES = (
    ("2026-03-01", "2026-03-31", ""),
    ("2026-04-10", "2026-05-10", "2026-04-28"),
    ("2026-05-06", "2026-12-31", ""),
)


def write_teams() -> None:
    """Teams in GCJ-02, as a spreadsheet with Chinese headers."""
    titles = (
        "编号",
        "队伍名称",
        "队伍类别",
        "人数",
        "经度",
        "纬度",
        "负责人",
        "联系电话",
        "状态",
        "灾种",
        "救援领域",
    )
    with xlsxwriter.Workbook(HERE / "teams_gcj02.xlsx") as book:
        book.set_properties({"title": "演练数据", "created": datetime(2026, 1, 1)})  # noqa: DTZ001
        sheet = book.add_worksheet("队伍")
        sheet.write_row(0, 0, titles)
        for line, (code, name, kind, people, lon, lat, leader, status, hazards, domains) in enumerate(
            TEAMS, 1
        ):
            place: tuple[float | str, float | str] = ("", "")
            if lon is not None and lat is not None:
                moved = gcj02_of_wgs84(np.array([lon]), np.array([lat]))
                place = (round(float(moved[0][0]), 7), round(float(moved[1][0]), 7))
            phone = f"020-0000{line:04d}"
            sheet.write_row(
                line, 0, (code, name, kind, people, *place, leader, phone, status, hazards, domains)
            )


def write_hotspots() -> None:
    """Hazards in WGS 84, as UTF-8 with a byte order mark, the way spreadsheets write it."""
    titles = ("编号", "隐患名称", "行业领域", "灾种", "风险等级", "发现时间", "整改期限", "整改完成时间", "责任单位", "责任人",
              "联系电话", "地址", "区", "经度", "纬度")  # fmt: skip
    with (HERE / "hotspots.csv").open("w", encoding="utf-8-sig", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(titles)
        number = 0
        for district, town, lon, lat in PLACES:
            for site, industry, hazards, finding, level in FINDINGS:
                found, due, rectified = STAGES[number % len(STAGES)]
                number += 1
                table.writerow(
                    (f"YH-{number:03d}", f"{town}{site}{finding}", industry, hazards, level, found, due, rectified,
                     f"穗演恒屹{site}", "陈志伟", f"020-0000{number:04d}", f"{town}演练路 {number} 号", district,
                     f"{lon + 0.003 * (number % 5):.4f}", f"{lat - 0.002 * (number % 4):.4f}")
                )  # fmt: skip


if __name__ == "__main__":
    write_teams()
    write_hotspots()
