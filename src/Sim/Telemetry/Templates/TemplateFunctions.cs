using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Sim.Core.RegularExpressions;
using Sim.Telemetry.PromQl;

namespace Sim.Telemetry.Templates;

/// <summary>The functions a template may call: Go's and Prometheus'.</summary>
/// <remarks>Prometheus: template/template.go. An <see cref="ArgumentException"/> is a call that Go refuses before
/// the function runs.</remarks>
internal static class TemplateFunctions
{
    /// <summary>All names. Those that are known and not modelled fail when they are called.</summary>
    public static IReadOnlySet<string> Names { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "len", "index", "print", "printf", "println", "query",
        "first", "label", "value", "strvalue", "match", "reReplaceAll", "title", "toUpper", "toLower", "humanize",
        "humanize1024", "humanizeDuration", "humanizePercentage", "humanizeTimestamp", "externalURL", "pathPrefix",
        "stripPort", "stripDomain", "safeHtml", "sortByLabel", "parseDuration", "html", "js", "urlquery", "slice",
        "call", "toTime", "args", "tmpl", "graphLink", "tableLink",
    };

    /// <summary>The value of a call.</summary>
    public static object? Call(string name, IReadOnlyList<object?> a, TemplateData data) => name switch
    {
        "and" or "or" => a[^1],
        "not" => !IsTrue(a[0]),
        "eq" => a.Skip(1).Any(x => Compare(a[0], x) == 0),
        "ne" => Compare(a[0], a[1]) != 0,
        "lt" => Compare(a[0], a[1]) == -1,
        "le" => Compare(a[0], a[1]) is -1 or 0,
        "gt" => Compare(a[0], a[1]) is not (-1 or 0),
        "ge" => Compare(a[0], a[1]) != -1,
        "len" => Length(a[0]),
        "index" => Index(a[0], a[1]),
        "print" => string.Concat(a.Select(Print)),
        "println" => string.Join(" ", a.Select(Print)) + "\n",
        "printf" => Format(Text(a[0]), [.. a.Skip(1)]),
        "query" => data.Query(Text(a[0])),
        "first" => Samples(a[0]) is { Count: > 0 } s ? s[0]
            : throw new TemplateException("first() called on vector with no elements"),
        "label" => ((Sample)a[1]!).Labels[Text(a[0])],
        "value" => ((Sample)a[0]!).Value,
        "strvalue" => ((Sample)a[0]!).Labels["__value__"],
        "sortByLabel" => Samples(a[1]).OrderBy(s => s.Labels[Text(a[0])], StringComparer.Ordinal).ToList(),
        "match" => Expression(Text(a[0])).IsMatch(Text(a[1])),
        "reReplaceAll" => Expression(Text(a[0])).ReplaceAll(Text(a[2]), m => m.ExpandGo(Text(a[1]))),
        "title" => Title(Text(a[0])),
        "toUpper" => Text(a[0]).ToUpperInvariant(),
        "toLower" => Text(a[0]).ToLowerInvariant(),
        "safeHtml" => Text(a[0]),
        "stripPort" => StripPort(Text(a[0])),
        "stripDomain" => StripDomain(Text(a[0])),
        "externalURL" => data.ExternalUrl,
        "pathPrefix" => Uri.TryCreate(data.ExternalUrl, UriKind.Absolute, out Uri? u)
            ? u.AbsolutePath.TrimEnd('/') : "",
        "parseDuration" => Literals.TryDuration(Text(a[0]), out long ms, out string bad) ? ms / 1000.0
            : throw new TemplateException(bad),
        "humanize" => Humanize.Decimal(Number(a[0])),
        "humanize1024" => Humanize.Binary(Number(a[0])),
        "humanizeDuration" => Humanize.Duration(Number(a[0])),
        "humanizePercentage" => GoText.Significant(Number(a[0]) * 100, 4) + "%",
        "humanizeTimestamp" => Humanize.Timestamp(Number(a[0])),
        _ => throw new TemplateException(name + " is not modelled"),
    };

    /// <summary>A value as Go prints it (%v).</summary>
    public static string Print(object? value) => value switch
    {
        null => "<no value>",
        string s => s,
        bool b => b ? "true" : "false",
        double d => GoText.Shortest(d),
        long n => n.ToString(CultureInfo.InvariantCulture),
        LabelSet l => "map[" + string.Join(" ", l.Labels.Select(static x => x.Name + ":" + x.Value)) + "]",
        Sample s => "map[" + Print(s.Labels) + " " + GoText.Shortest(s.Value) + "]",
        IReadOnlyList<Sample> s => "[" + string.Join(" ", s.Select(static x => Print(x))) + "]",
        _ => value.ToString() ?? "",
    };

    /// <summary>True for what Go counts as true: neither zero nor empty.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool b => b,
        string s => s.Length > 0,
        double d => d != 0,
        long n => n != 0,
        LabelSet l => l.Labels.Count > 0,
        IReadOnlyList<Sample> s => s.Count > 0,
        _ => true,
    };

    /// <summary>The name of a type in Go's words.</summary>
    public static string TypeName(object? value) => value switch
    {
        string => "string",
        double => "float64",
        long => "int",
        bool => "bool",
        LabelSet => "map[string]string",
        Sample => "*template.sample",
        IReadOnlyList<Sample> => "template.queryResult",
        _ => "interface {}",
    };

    private static string Text(object? value) => value as string
        ?? throw new ArgumentException("wrong type for value; expected string; got " + TypeName(value));

    private static IReadOnlyList<Sample> Samples(object? value) => value as IReadOnlyList<Sample>
        ?? throw new ArgumentException("wrong type for value; expected template.queryResult; got " + TypeName(value));

    private static double Number(object? value) => value switch
    {
        double d => d,
        long n => n,
        string s when GoText.TryParseFloat(s, out double d) => d,
        string s => throw new TemplateException(
            "strconv.ParseFloat: parsing " + GoText.Quote(s) + ": invalid syntax"),
        _ => throw new TemplateException("can't convert " + TypeName(value) + " to float"),
    };

    private static Re2 Expression(string text) => GoRegexp.Compile(text, out string problem)
        ?? throw new TemplateException(problem);

    /// <summary>-1, 0 or 1; 2 where a NaN is compared.</summary>
    private static int Compare(object? x, object? y) => (x, y) switch
    {
        (double a, double b) => double.IsNaN(a) || double.IsNaN(b) ? 2 : a.CompareTo(b),
        (long a, long b) => a.CompareTo(b),
        (string a, string b) => Math.Sign(string.CompareOrdinal(a, b)),
        (bool a, bool b) => a == b ? 0 : 2,
        (null, null) => 0,
        _ => throw new TemplateException("incompatible types for comparison"),
    };

    private static long Length(object? value) => value switch
    {
        string s => Encoding.UTF8.GetByteCount(s),
        LabelSet l => l.Labels.Count,
        IReadOnlyList<Sample> s => s.Count,
        _ => throw new TemplateException("len of type " + TypeName(value)),
    };

    private static object? Index(object? value, object? at) => (value, at) switch
    {
        (LabelSet l, string name) => l[name],
        (IReadOnlyList<Sample> s, long i) => i >= 0 && i < s.Count ? s[(int)i]
            : throw new TemplateException(string.Create(CultureInfo.InvariantCulture, $"index out of range: {i}")),
        _ => throw new TemplateException("can't index item of type " + TypeName(value)),
    };

    private static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        char before = ' ';
        foreach (char c in text)
        {
            result.Append(char.IsLetterOrDigit(before) || before is '_' or '\'' ? c : char.ToUpperInvariant(c));
            before = c;
        }

        return result.ToString();
    }

    private static string StripPort(string host)
    {
        int colon = host.LastIndexOf(':');
        bool hasPort = colon >= 0 && host.IndexOf(':', StringComparison.Ordinal) == colon;
        return hasPort ? host[..colon] : host;
    }

    private static string StripDomain(string host)
    {
        string bare = StripPort(host);
        int dot = bare.IndexOf('.', StringComparison.Ordinal);
        bool isAddress = System.Net.IPAddress.TryParse(bare, out _);
        return isAddress || dot < 0 ? host : bare[..dot] + host[bare.Length..];
    }

    /// <summary>Go's fmt.Sprintf for the verbs that fit numbers and texts.</summary>
    private static string Format(string format, IReadOnlyList<object?> arguments)
    {
        int next = 0;
        string text = Regex.Replace(format, @"%([-+ 0#]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])", m =>
        {
            char verb = m.Groups[4].Value[0];
            if (verb == '%')
            {
                return "%";
            }

            if (next >= arguments.Count)
            {
                return "%!" + verb + "(MISSING)";
            }

            int precision = m.Groups[3].Success ? int.Parse(m.Groups[3].Value, CultureInfo.InvariantCulture) : -1;
            string value = One(verb, precision, m.Groups[1].Value, arguments[next++]);
            int width = m.Groups[2].Success ? int.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture) : 0;
            return m.Groups[1].Value.Contains('-', StringComparison.Ordinal) ? value.PadRight(width)
                : m.Groups[1].Value.Contains('0', StringComparison.Ordinal) && arguments[next - 1] is double or long
                    ? value.StartsWith('-') ? "-" + value[1..].PadLeft(width - 1, '0') : value.PadLeft(width, '0')
                : value.PadLeft(width);
        }, RegexOptions.CultureInvariant);
        return next >= arguments.Count ? text
            : text + "%!(EXTRA " + string.Join(", ", arguments.Skip(next).Select(
                static x => TypeName(x) + "=" + Print(x))) + ")";
    }

    private static string One(char verb, int precision, string flags, object? value)
    {
        string plus = flags.Contains('+', StringComparison.Ordinal)
            && value is double.NaN or >= 0.0 or >= 0L && verb != 's' ? "+" : "";
        return (verb, value) switch
        {
            ('v', _) => Print(value),
            ('s', string s) => precision >= 0 ? GoText.Cut(s, precision) : s,
            ('q', string s) => GoText.Quote(s),
            ('d', long n) => plus + n.ToString(CultureInfo.InvariantCulture),
            ('f' or 'F', double d) => plus + GoText.Fixed(d, precision < 0 ? 6 : precision),
            ('g', double d) => plus + (precision < 0 ? GoText.Shortest(d)
                : GoText.Significant(d, Math.Max(1, precision))),
            ('e', double d) => plus + Scientific(d, precision < 0 ? 6 : precision),
            ('t', bool b) => b ? "true" : "false",
            _ => "%!" + verb + "(" + TypeName(value) + "=" + Print(value) + ")",
        };
    }

    private static string Scientific(double value, int decimals)
    {
        if (!double.IsFinite(value))
        {
            return GoText.Shortest(value);
        }

        string text = value.ToString("E" + decimals.ToString(CultureInfo.InvariantCulture),
            CultureInfo.InvariantCulture);
        int e = text.IndexOf('E', StringComparison.Ordinal);
        int exponent = int.Parse(text[(e + 1)..], CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture,
            $"{text[..e]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }
}
