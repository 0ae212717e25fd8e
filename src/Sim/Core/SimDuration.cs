using System.Globalization;

namespace Sim.Core;

/// <summary>Durations are 64-bit integer nanoseconds. This type reads and prints them.</summary>
public static class SimDuration
{
    /// <summary>Nanoseconds in a microsecond.</summary>
    public const long Microsecond = 1_000;

    /// <summary>Nanoseconds in a millisecond.</summary>
    public const long Millisecond = 1_000_000;

    /// <summary>Nanoseconds in a second.</summary>
    public const long Second = 1_000_000_000;

    /// <summary>Nanoseconds in a minute.</summary>
    public const long Minute = 60 * Second;

    /// <summary>Nanoseconds in an hour.</summary>
    public const long Hour = 60 * Minute;

    /// <summary>Nanoseconds in a day of 24 hours.</summary>
    public const long Day = 24 * Hour;

    private const decimal TotalMax = (decimal)long.MaxValue + 1;

    /// <summary>Reads <c>250ms</c>, <c>10s</c>, <c>1h30m</c>, <c>0.5s</c>, <c>365d</c>; <c>0</c> needs no
    /// unit.</summary>
    /// <returns>False when the text is no duration or does not fit 64 bits.</returns>
    public static bool TryParse(string? text, out long nanoseconds)
    {
        nanoseconds = 0;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        if (text == "0")
        {
            return true;
        }

        int i = 0;
        bool negative = text[0] == '-';
        if (negative || text[0] == '+')
        {
            i++;
        }

        decimal total = 0;
        bool any = false;
        while (i < text.Length)
        {
            int start = i;
            while (i < text.Length && (char.IsAsciiDigit(text[i]) || text[i] == '.'))
            {
                i++;
            }

            if (i == start || !decimal.TryParse(text.AsSpan(start, i - start), NumberStyles.AllowDecimalPoint,
                    CultureInfo.InvariantCulture, out decimal value))
            {
                return false;
            }

            long unit = ReadUnit(text, ref i);
            if (unit == 0)
            {
                return false;
            }

            if (value > TotalMax / unit)
            {
                return false;
            }

            total += value * unit;
            any = true;
        }

        if (!any || total > (negative ? TotalMax : long.MaxValue))
        {
            return false;
        }

        nanoseconds = (long)(negative ? -total : total);
        return true;
    }

    /// <summary>Shortest exact text: <c>1h30m</c>, <c>10s</c>, <c>250ms</c>, <c>0s</c>.</summary>
    public static string Format(long nanoseconds)
    {
        if (nanoseconds == 0)
        {
            return "0s";
        }

        string sign = nanoseconds < 0 ? "-" : "";
        ulong rest = nanoseconds < 0 ? (ulong)(-(nanoseconds + 1)) + 1 : (ulong)nanoseconds;
        if (rest < Second)
        {
            (ulong unit, string name) = rest % Millisecond == 0 || rest > Millisecond ? ((ulong)Millisecond, "ms")
                : rest >= Microsecond ? ((ulong)Microsecond, "us") : (1UL, "ns");
            return sign + ((decimal)rest / unit).ToString("0.######", CultureInfo.InvariantCulture) + name;
        }

        ulong h = rest / Hour;
        ulong m = rest % Hour / Minute;
        decimal s = (decimal)(rest % Minute) / Second;
        string text = sign;
        if (h > 0)
        {
            text += h.ToString(CultureInfo.InvariantCulture) + "h";
        }

        if (m > 0)
        {
            text += m.ToString(CultureInfo.InvariantCulture) + "m";
        }

        if (s > 0)
        {
            text += s.ToString("0.#########", CultureInfo.InvariantCulture) + "s";
        }

        return text;
    }

    private static long ReadUnit(string text, ref int i)
    {
        ReadOnlySpan<char> rest = text.AsSpan(i);
        (string Name, long Value)[] units =
            [("ms", Millisecond), ("us", Microsecond), ("µs", Microsecond), ("ns", 1), ("d", Day), ("h", Hour),
             ("m", Minute), ("s", Second)];
        foreach ((string name, long value) in units)
        {
            if (rest.StartsWith(name, StringComparison.Ordinal))
            {
                i += name.Length;
                return value;
            }
        }

        return 0;
    }
}
