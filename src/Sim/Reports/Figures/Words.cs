using System.Globalization;
using Sim.Core;

namespace Sim.Reports.Figures;

/// <summary>How figures are written for people.</summary>
public static class Words
{
    /// <summary>An integer with thin groups, <c>24,013</c>.</summary>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A count and its noun, <c>1 request</c>, <c>24,013 requests</c>.</summary>
    public static string Count(long value, string noun) => Count(value) + " " + noun + (value == 1 ? "" : "s");

    /// <summary>A part in percent, rounded; neither 0 % nor 100 % unless it is exactly that.</summary>
    public static string Share(long part, long whole)
    {
        decimal percent = whole == 0 ? 0 : decimal.Round(100m * part / whole, 1, MidpointRounding.AwayFromZero);
        return part == 0 || part == whole || percent is 0 or 100 ? Percent(part, whole)
            : percent.ToString("0.0", CultureInfo.InvariantCulture) + " %";
    }

    /// <summary>Availability in percent: cut, never rounded up; more decimals where two would hide a failure.</summary>
    public static string Percent(long part, long whole)
    {
        if (whole == 0)
        {
            return "no data";
        }

        decimal percent = 100m * part / whole;
        if (part == whole || part == 0)
        {
            return percent.ToString("0", CultureInfo.InvariantCulture) + " %";
        }

        int decimals = 2;
        decimal cut = Truncate(percent, decimals);
        while (decimals < 6 && (cut >= 99.99m || cut == 0))
        {
            decimals++;
            cut = Truncate(percent, decimals);
        }

        return cut.ToString("0." + new string('0', 2) + new string('#', decimals - 2), CultureInfo.InvariantCulture)
            + " %";
    }

    /// <summary>Something a second, with unit.</summary>
    public static string Rate(double perSecond) =>
        perSecond.ToString(perSecond >= 100 ? "#,0" : perSecond >= 1 ? "0.#" : "0.###", CultureInfo.InvariantCulture)
        + "/s";

    /// <summary>Milliseconds in three significant digits or so, with unit.</summary>
    public static string Milliseconds(long ns)
    {
        decimal ms = ns / (decimal)SimDuration.Millisecond;
        string format = ms >= 100 ? "#,0" : ms >= 10 ? "0.#" : ms >= 0.1m ? "0.##" : "0.####";
        return ms.ToString(format, CultureInfo.InvariantCulture) + " ms";
    }

    /// <summary>A time or length rounded to a millisecond: <c>5m3.214s</c>.</summary>
    public static string Time(long ns)
    {
        long ms = (ns + SimDuration.Millisecond / 2) / SimDuration.Millisecond;
        return ns > 0 && ms == 0 ? SimDuration.Format(ns) : SimDuration.Format(ms * SimDuration.Millisecond);
    }

    /// <summary><c>name.namespace</c> without the namespace when it is <c>default</c>.</summary>
    public static string Service(string service) =>
        service.EndsWith(".default", StringComparison.Ordinal) ? service[..^".default".Length] : service;

    /// <summary>The pod's name of <c>cluster/namespace/pod</c>.</summary>
    public static string Pod(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>Cluster and pod of <c>cluster/namespace/pod</c>.</summary>
    public static string Place(string path)
    {
        int first = path.IndexOf('/', StringComparison.Ordinal);
        int last = path.LastIndexOf('/');
        return first < last ? string.Concat(path.AsSpan(0, first), path.AsSpan(last)) : path;
    }

    private static decimal Truncate(decimal value, int decimals)
    {
        decimal scale = 1;
        for (int i = 0; i < decimals; i++)
        {
            scale *= 10;
        }

        return decimal.Truncate(value * scale) / scale;
    }
}
