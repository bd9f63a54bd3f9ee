"""Words of a gauge's measurements, in the details."""

WORDS = {
    "gauge_title": ("实测", "Measured"),
    "gauge_none": ("到这一时刻没有观测值。", "Nothing was measured up to this time."),
    "gauge_stage": ("水位", "Stage"),
    "gauge_flow": ("流量", "Discharge"),
    "gauge_rain_hourly": ("小时雨量", "Hourly rain"),
    "gauge_at": ("（{at}）", " ({at})"),
    "gauge_datum": ("，{datum}", ", {datum}"),
    "gauge_no_datum": ("，基面未注明", ", datum not stated"),
    "gauge_above": ("超{name} {by} m", "{by} m above {name}"),
    "gauge_below": ("距{name} {by} m", "{by} m below {name}"),
    "gauge_frz": ("设防", "alert"),
    "gauge_wrz": ("警戒", "warning"),
    "gauge_grz": ("保证", "guarantee"),
    "gauge_hours": ("{hours} h", "{hours} h"),
    "gauge_day": ("08 时起", "from 08:00"),
    "gauge_sums": ("累计雨量（毫米，截至 {at}）", "Rain sums (mm, until {at})"),
    "gauge_covers": ("覆盖 {share}%", "covers {share}%"),
    "gauge_unknown": ("无数据", "no data"),
    "gauge_gap_note": (
        "≥ 表示有缺测：实际可能更大。",
        "≥: some of it was not measured, the true sum may be higher.",
    ),
    "gauge_later": ("T 以后", "after T"),
    "gauge_chart": ("{name}过程线，{start} 至 {end}", "Hydrograph of {name}, {start} to {end}"),
}
