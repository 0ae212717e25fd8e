namespace Sim.Telemetry.PromQl;

/// <summary>Parts of a time in UTC.</summary>
internal static class TimeFunctions
{
    /// <summary>A part of a time given as seconds since the epoch; fractions are cut.</summary>
    public static double Apply(string name, double seconds)
    {
        if (!double.IsFinite(seconds) || Math.Abs(seconds) > 62_135_596_800)
        {
            // Go wraps such seconds around; no date of a simulation is among them.
            return double.NaN;
        }

        DateTime t = DateTime.UnixEpoch.AddSeconds(Math.Truncate(seconds));
        return name switch
        {
            "minute" => t.Minute,
            "hour" => t.Hour,
            "day_of_week" => (int)t.DayOfWeek,
            "day_of_month" => t.Day,
            "day_of_year" => t.DayOfYear,
            "days_in_month" => DateTime.DaysInMonth(t.Year, t.Month),
            "month" => t.Month,
            "year" => t.Year,
            _ => throw new InvalidOperationException("no function of time: " + name),
        };
    }
}
