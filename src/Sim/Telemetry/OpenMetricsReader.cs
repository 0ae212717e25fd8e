using System.Text;

namespace Sim.Telemetry;

/// <summary>Reads OpenMetrics text as Prometheus 2.42 does.</summary>
/// <remarks>Prometheus: model/textparse/openmetricsparse.go, openmetricslex.l, cmd/promtool/backfill.go. Messages are
/// theirs.</remarks>
public sealed class OpenMetricsReader
{
    private const long BlockMs = 7_200_000;

    private static readonly string[] Types =
        ["counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset", "unknown"];

    private readonly byte[] _text;
    private readonly List<TextSample> _samples = [];
    private string _repeated = "";
    private int _at;

    private OpenMetricsReader(byte[] text) => _text = text;

    /// <summary>Reads the samples of a text.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="problem">What is wrong first; empty when nothing is.</param>
    /// <returns>The samples in order; those before the mistake when there is one.</returns>
    public static IReadOnlyList<TextSample> Read(byte[] text, out string problem)
    {
        var reader = new OpenMetricsReader(text);
        problem = "";
        try
        {
            while (reader.Line())
            {
            }
        }
        catch (FormatException e)
        {
            problem = e.Message;
        }

        return reader._samples;
    }

    /// <summary>Loads a text as <c>promtool tsdb create-blocks-from openmetrics</c> does.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="store">Receives what would be stored.</param>
    /// <returns>promtool's message; empty when the text was taken. A sample that is not later than another of its
    /// series in its block of two hours is lost without a word, as there.</returns>
    public static string Load(byte[] text, SeriesStore store)
    {
        IReadOnlyList<TextSample> samples = Read(text, out string problem);
        bool hasTimes = samples.All(static s => s.TimestampMs is not null);
        if (!hasTimes || problem.Length > 0)
        {
            return "getting min and max timestamp: "
                + (hasTimes ? "next: " + problem : "expected timestamp for series got none");
        }

        if (samples.Count == 0)
        {
            return "";
        }

        if (samples.Any(static s => s.Labels is null))
        {
            return "block creation: process blocks: add sample: label name " + GoText.Quote(Twice(text))
                + " is not unique: invalid sample";
        }

        long first = samples.Min(static s => s.TimestampMs!.Value) / BlockMs * BlockMs;
        foreach (IGrouping<long, TextSample> block in samples.Where(s => s.TimestampMs >= first)
            .GroupBy(s => (s.TimestampMs!.Value - first) / BlockMs).OrderBy(static b => b.Key))
        {
            foreach (TextSample s in block)
            {
                store.Append(s.Labels!, s.TimestampMs!.Value, s.Value);
            }
        }

        return "";
    }

    private static string Twice(byte[] text)
    {
        var reader = new OpenMetricsReader(text);
        while (reader.Line())
        {
            if (reader._samples.Count > 0 && reader._samples[^1].Labels is null)
            {
                break;
            }
        }

        return reader._repeated;
    }

    private bool IsAt(string word) => _text.AsSpan(_at).StartsWith(Encoding.ASCII.GetBytes(word));

    private static bool IsLetter(byte b, bool withColon) => b == '_' || char.IsAsciiLetter((char)b)
        || (withColon && b == ':');

    private static FormatException Expected(string what, string got) =>
        new($"expected {what}, got {GoText.Quote(got)}");

    /// <summary>Name of the token that stands here, for a message.</summary>
    private string Here(string otherwise = "INVALID") => _at >= _text.Length ? "EOF" : otherwise;

    private string? Name(bool withColon)
    {
        int start = _at;
        while (_at < _text.Length && (IsLetter(_text[_at], withColon)
            || (_at > start && char.IsAsciiDigit((char)_text[_at]))))
        {
            _at++;
        }

        return _at > start ? Encoding.ASCII.GetString(_text, start, _at - start) : null;
    }

    /// <summary>One line; false at the end.</summary>
    private bool Line()
    {
        if (_at >= _text.Length)
        {
            throw new FormatException("data does not end with # EOF");
        }

        if (IsLetter(_text[_at], true))
        {
            Sample();
            return true;
        }

        if (IsAt("# EOF"))
        {
            _at += IsAt("# EOF\n") ? 6 : 5;
            return _at >= _text.Length ? false : throw new FormatException("unexpected data after # EOF");
        }

        foreach (string word in (string[])["HELP", "TYPE", "UNIT"])
        {
            if (IsAt("# " + word + " "))
            {
                _at += 7;
                Meta(word);
                return true;
            }
        }

        _at += IsAt("# ") ? 2 : IsAt("#") ? 1 : 0;
        string here = _at >= _text.Length ? "" : ((char)_text[_at]).ToString();
        throw new FormatException(GoText.Quote(Here()) + " " + GoText.Quote(here) + " is not a valid start token");
    }

    private void Meta(string word)
    {
        string name = Name(true) ?? throw Expected("metric name after " + word, Here());
        int end = _at < _text.Length ? Array.IndexOf(_text, (byte)'\n', _at) : -1;
        if (end < 0 || _text[_at] != ' ')
        {
            throw Expected("text in " + word, Here());
        }

        byte[] raw = _text[(_at + 1)..end];
        string text = Encoding.UTF8.GetString(raw);
        _at = end + 1;
        switch (word)
        {
            case "TYPE" when !Types.Contains(text):
                throw new FormatException("invalid metric type " + GoText.Quote(text));
            case "HELP" when !IsUtf8(raw):
                throw new FormatException("help text is not a valid utf8 string");
            case "UNIT" when text.Length > 0 && !name.EndsWith("_" + text, StringComparison.Ordinal):
                throw new FormatException("unit not a suffix of metric " + GoText.Quote(name));
            default:
                break;
        }
    }

    private static bool IsUtf8(byte[] bytes)
    {
        try
        {
            new UTF8Encoding(false, true).GetString(bytes);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private void Sample()
    {
        string name = Name(true)!;
        var labels = new List<Label> { new(LabelSet.MetricName, name) };
        if (IsAt("{"))
        {
            _at++;
            Labels(labels);
        }

        double value = Value("metric");
        long? time = null;
        if (IsAt(" # {"))
        {
            _at += 4;
            Exemplar(name);
        }
        else if (IsAt("\n"))
        {
            _at++;
        }
        else if (Field() is { } field)
        {
            time = Time(field, "invalid timestamp");
            AfterTime(name);
        }
        else
        {
            throw _at >= _text.Length ? new FormatException("data does not end with # EOF")
                : Expected("timestamp or # symbol", Here());
        }

        string? twice = labels.GroupBy(static l => l.Name).FirstOrDefault(static g => g.Count() > 1)?.Key;
        _repeated = twice ?? _repeated;
        _samples.Add(new TextSample(twice is null ? LabelSet.Of(labels) : null, time, value));
    }

    private void AfterTime(string name)
    {
        if (IsAt(" # {"))
        {
            _at += 4;
            Exemplar(name);
        }
        else if (IsAt("\n"))
        {
            _at++;
        }
        else
        {
            throw Expected("next entry after timestamp", Here());
        }
    }

    /// <summary>A blank and what follows it up to the next blank or line end.</summary>
    private string? Field()
    {
        int end = _at + 1;
        while (end < _text.Length && _text[end] is not ((byte)' ' or (byte)'\n'))
        {
            end++;
        }

        if (_at >= _text.Length || _text[_at] != ' ' || end == _at + 1)
        {
            return null;
        }

        string field = Encoding.UTF8.GetString(_text, _at + 1, end - _at - 1);
        _at = end;
        return field;
    }

    private double Value(string after)
    {
        string field = Field() ?? throw Expected("value after " + after, Here());
        return Number(field);
    }

    private static double Number(string text)
    {
        if (text.AsSpan().IndexOfAny('p', 'P', '_') >= 0)
        {
            throw new FormatException("unsupported character in float");
        }

        return GoText.TryParseFloat(text, out double value) ? value
            : throw new FormatException("strconv.ParseFloat: parsing " + GoText.Quote(text) + ": invalid syntax");
    }

    private static long Time(string field, string problem)
    {
        double seconds = Number(field);
        return double.IsFinite(seconds) ? (long)(seconds * 1000) : throw new FormatException(problem);
    }

    private void Labels(List<Label>? labels)
    {
        bool isFirst = true;
        while (true)
        {
            if (IsAt("}"))
            {
                _at++;
                return;
            }

            if (!isFirst)
            {
                if (!IsAt(","))
                {
                    throw Expected("comma or left brace", Here());
                }

                _at++;
            }

            string? name = Name(false);
            if (name is null)
            {
                throw Expected(isFirst ? "label name or left brace" : "label name",
                    IsAt(",") ? "COMMA" : IsAt("}") ? "BCLOSE" : IsAt("=") ? "EQUAL" : Here());
            }

            if (!IsAt("="))
            {
                throw Expected("equal", IsAt(",") ? "COMMA" : IsAt("}") ? "BCLOSE" : Here());
            }

            _at++;
            string value = LabelValue();
            labels?.Add(new Label(name, value));
            isFirst = false;
        }
    }

    private string LabelValue()
    {
        int end = _at + 1;
        while (IsAt("\"") && end < _text.Length && _text[end] is not ((byte)'"' or (byte)'\n'))
        {
            end += _text[end] == '\\' && end + 1 < _text.Length ? 2 : 1;
        }

        if (!IsAt("\"") || end >= _text.Length || _text[end] != '"')
        {
            throw Expected("label value", Here());
        }

        byte[] raw = _text[(_at + 1)..end];
        if (!IsUtf8(raw))
        {
            throw new FormatException("invalid UTF-8 label value");
        }

        _at = end + 1;
        return Unescape(Encoding.UTF8.GetString(raw));
    }

    private static string Unescape(string text)
    {
        var result = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            bool isEscape = text[i] == '\\' && i + 1 < text.Length && (text[i + 1] is '"' or '\\' or 'n');
            if (isEscape)
            {
                i++;
                result.Append(text[i] == 'n' ? '\n' : text[i]);
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }

    private void Exemplar(string name)
    {
        bool supports = name.EndsWith("_total", StringComparison.Ordinal)
            || name.EndsWith("_bucket", StringComparison.Ordinal);
        if (!supports)
        {
            throw new FormatException("metric name " + name + " does not support exemplars");
        }

        Labels(null);
        Value("exemplar labels");
        if (!IsAt("\n"))
        {
            string field = Field() ?? throw (_at >= _text.Length ? new FormatException("data does not end with # EOF")
                : Expected("timestamp or comment", Here()));
            Time(field, "invalid exemplar timestamp");
            if (!IsAt("\n"))
            {
                throw Expected("next entry after exemplar timestamp", Here());
            }
        }

        _at++;
    }
}
