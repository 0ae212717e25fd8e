using System.Globalization;

namespace Sim.Telemetry.Templates;

/// <summary>Numbers in the words of people.</summary>
/// <remarks>Prometheus: util/strutil and template/template.go, the functions humanize*.</remarks>
internal static class Humanize
{
    /// <summary>With decimal prefixes: <c>1.235k</c>.</summary>
    public static string Decimal(double v)
    {
        if (v == 0 || !double.IsFinite(v))
        {
            return GoText.Significant(v, 4);
        }

        string prefix = "";
        if (Math.Abs(v) >= 1)
        {
            foreach (char p in "kMGTPEZY")
            {
                if (Math.Abs(v) < 1000)
                {
                    break;
                }

                prefix = p.ToString();
                v /= 1000;
            }
        }
        else
        {
            foreach (char p in "munpfazy")
            {
                if (Math.Abs(v) >= 1)
                {
                    break;
                }

                prefix = p.ToString();
                v *= 1000;
            }
        }

        return GoText.Significant(v, 4) + prefix;
    }

    /// <summary>With binary prefixes: <c>3.575ki</c>.</summary>
    public static string Binary(double v)
    {
        if (Math.Abs(v) <= 1 || !double.IsFinite(v))
        {
            return GoText.Significant(v, 4);
        }

        string prefix = "";
        foreach (string p in (string[])["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"])
        {
            if (Math.Abs(v) < 1024)
            {
                break;
            }

            prefix = p;
            v /= 1024;
        }

        return GoText.Significant(v, 4) + prefix;
    }

    /// <summary>Seconds as days, hours, minutes: <c>1h 1m 1s</c>.</summary>
    public static string Duration(double v)
    {
        if (!double.IsFinite(v))
        {
            return GoText.Significant(v, 4);
        }

        if (v == 0)
        {
            return "0s";
        }

        if (Math.Abs(v) < 1)
        {
            string prefix = "";
            foreach (char p in "munpfazy")
            {
                if (Math.Abs(v) >= 1)
                {
                    break;
                }

                prefix = p.ToString();
                v *= 1000;
            }

            return GoText.Significant(v, 4) + prefix + "s";
        }

        string sign = v < 0 ? "-" : "";
        long whole = (long)Math.Abs(v);
        long days = whole / 86400;
        long hours = whole / 3600 % 24;
        long minutes = whole / 60 % 60;
        string seconds = GoText.Significant(Math.Abs(v), 4) + "s";
        string rest = string.Create(CultureInfo.InvariantCulture, $"{minutes}m {whole % 60}s");
        return sign + (days > 0 ? string.Create(CultureInfo.InvariantCulture, $"{days}d {hours}h {rest}")
            : hours > 0 ? string.Create(CultureInfo.InvariantCulture, $"{hours}h {rest}")
            : minutes > 0 ? rest : seconds);
    }

    /// <summary>Seconds since the epoch as a time in UTC.</summary>
    public static string Timestamp(double v)
    {
        if (!double.IsFinite(v))
        {
            return GoText.Significant(v, 4);
        }

        double ns = v * 1e9;
        if (ns is > long.MaxValue or < long.MinValue)
        {
            throw new TemplateException(
                GoText.Shortest(v) + " cannot be represented as a nanoseconds timestamp since it overflows int64");
        }

        long ms = (long)ns / 1_000_000;
        DateTime t = DateTime.UnixEpoch.AddMilliseconds(ms);
        string fraction = ms % 1000 == 0 ? "" : t.ToString("'.'fff", CultureInfo.InvariantCulture).TrimEnd('0');
        return t.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + fraction + " +0000 UTC";
    }
}
