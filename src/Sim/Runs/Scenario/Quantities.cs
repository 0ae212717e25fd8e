using System.Globalization;
using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>Reads rates, sizes, shares and numbers as the scenario file writes them.</summary>
public static class Quantities
{
    private static readonly (string Suffix, long Bytes)[] Units =
        [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("KB", 1000), ("MB", 1_000_000),
         ("GB", 1_000_000_000), ("B", 1)];

    /// <summary>Reads a finite number in plain decimal notation.</summary>
    public static bool TryNumber(string text, out double value) =>
        double.TryParse(text,
            NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>Reads <c>20/s</c>, <c>600/m</c>, <c>5/h</c>, <c>1000/d</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="perSecond">Per second, 0 or more.</param>
    public static bool TryRate(string text, out double perSecond)
    {
        perSecond = 0;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || !TryNumber(text[..slash].TrimEnd(), out double count) || count < 0)
        {
            return false;
        }

        long ns = text[(slash + 1)..].Trim() switch
        {
            "s" => SimDuration.Second,
            "m" => SimDuration.Minute,
            "h" => SimDuration.Hour,
            "d" => SimDuration.Day,
            _ => 0,
        };
        perSecond = ns == 0 ? 0 : count * SimDuration.Second / ns;
        return ns != 0;
    }

    /// <summary>Reads <c>512</c>, <c>4KiB</c>, <c>10KB</c>; whole bytes only.</summary>
    public static bool TrySize(string text, out long bytes)
    {
        bytes = 0;
        long unit = 1;
        string number = text;
        foreach ((string suffix, long value) in Units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal))
            {
                (unit, number) = (value, text[..^suffix.Length].TrimEnd());
                break;
            }
        }

        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal count)
            || count > long.MaxValue / unit)
        {
            return false;
        }

        bytes = (long)(count * unit);
        return bytes == count * unit;
    }

    /// <summary>Reads <c>99.9%</c>, or a number from 0 to 1.</summary>
    /// <param name="text">The text.</param>
    /// <param name="share">From 0 to 1.</param>
    public static bool TryShare(string text, out double share)
    {
        bool isPercent = text.EndsWith('%');
        string number = isPercent ? text[..^1].TrimEnd() : text;
        share = 0;
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value))
        {
            return false;
        }

        value = isPercent ? value / 100 : value;
        share = (double)value;
        return value <= 1;
    }
}
