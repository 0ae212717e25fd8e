using System.Globalization;
using System.Text;
using System.Text.Json;
using Sim.Core;
using Sim.Reports;
using Sim.Runs.Inspection;

namespace Sim.Cli.Views;

/// <summary>Differences as a table or as JSON.</summary>
/// <param name="host">Host.</param>
/// <param name="isJson">JSON instead of a table.</param>
/// <param name="showsAll">What is equal is shown, too.</param>
/// <param name="color">auto, always or never.</param>
internal sealed class DiffView(CliHost host, bool isJson, bool showsAll, string color)
{
    private const int ProxiesShown = 2;
    private const int ValueShown = 180;

    /// <summary>Writes what differs between what proxies hold.</summary>
    public void Write(ConfigDiffReport report, string left, string right)
    {
        IReadOnlyList<ConfigDifference> all = report.Differences!;
        if (isJson)
        {
            Json(json => WriteConfig(json, report, left, right));
            return;
        }

        TerminalText text = new(host, color);
        text.Line(text.Soft("- " + left));
        text.Line(text.Soft("+ " + right));
        foreach (IGrouping<(string, string), ConfigDifference> item in all.GroupBy(static d => (d.Kind, d.Subject)))
        {
            text.Line();
            text.Line(text.Strong($"{item.Key.Item1} {item.Key.Item2}"));
            foreach (ConfigDifference d in item)
            {
                WriteOne(text, d);
            }
        }

        text.Line();
        string proxies = Number(report.Proxies) + " proxies compared";
        text.Line(all.Count == 0 ? text.Good("no difference") + text.Soft(", " + proxies)
            : text.Strong(Number(all.Count) + (all.Count == 1 ? " difference" : " differences"))
                + text.Soft(", " + proxies));
    }

    /// <summary>Writes two results' figures.</summary>
    public void Write(IReadOnlyList<RunDifference> rows, string left, string right)
    {
        if (isJson)
        {
            Json(json => WriteRuns(json, rows, left, right));
            return;
        }

        List<RunDifference> shown = [.. rows.Where(r => showsAll || !r.IsSame)];
        TerminalText text = new(host, color);
        text.Line(text.Soft("- " + left));
        text.Line(text.Soft("+ " + right));
        text.Columns([.. shown.Select(r => (string[])
        [
            text.Strong(r.What), text.Plain(OrDash(r.Left)), text.Plain(OrDash(r.Right)),
            text.Plain(r.IsSame ? "" : r.Difference), text.Soft(r.Span.ToString()),
        ])], wide: 0);
        text.Line(rows.Any(static r => !r.IsSame) ? text.Strong("the results differ") : text.Good("no difference"));
    }

    /// <summary>Writes the effective route of a call as every caller has it.</summary>
    public void Write(CallReport report)
    {
        if (isJson)
        {
            Json(json => WriteCalls(json, report));
            return;
        }

        TerminalText text = new(host, color);
        foreach (CallRow row in report.Rows.Where(r => showsAll || r.Differs))
        {
            text.Line(text.Strong(row.Setting));
            for (int i = 0; i < report.Callers.Count; i++)
            {
                CallValue v = row.Values[i];
                string cluster = report.Callers[i].Split('/')[0];
                text.Line($"  {text.Plain(cluster)}: {text.Plain(OrDash(v.Value))}" + Place(text, v.Span));
            }
        }

        string from = "from " + string.Join(", ", report.Callers);
        text.Line((report.Rows.Any(static r => r.Differs) ? text.Strong("the routes differ")
            : text.Good("no difference")) + text.Soft(" " + from));
    }

    private static void WriteOne(TerminalText text, ConfigDifference d)
    {
        string setting = d.Setting.Length == 0 ? "" : text.Plain(d.Setting) + ": ";
        string more = d.Proxies.Count > ProxiesShown
            ? string.Create(CultureInfo.InvariantCulture, $" and {d.Proxies.Count - ProxiesShown} more") : "";
        if (d.Left.Length > 0)
        {
            text.Line("  " + text.Bad("-") + " " + setting + text.Plain(Short(d.Left)) + Place(text, d.LeftSpan));
        }

        if (d.Right.Length > 0)
        {
            text.Line("  " + text.Good("+") + " " + setting + text.Plain(Short(d.Right)) + Place(text, d.RightSpan));
        }

        if (d.Kind != "proxy")
        {
            text.Line(text.Soft("    in " + string.Join(", ", d.Proxies.Take(ProxiesShown)) + more));
        }
    }

    private static string Place(TerminalText text, SourceSpan span) =>
        span.IsKnown ? "  " + text.Soft(span.ToString()) : "";

    private static string Short(string value) => value.Length <= ValueShown ? value : value[..ValueShown] + "...";

    private static string OrDash(string value) => value.Length == 0 ? "-" : Short(value);

    private static string Number(int n) => n.ToString(CultureInfo.InvariantCulture);

    private static void WriteConfig(Utf8JsonWriter json, ConfigDiffReport report, string left, string right)
    {
        json.WriteString("left", left);
        json.WriteString("right", right);
        json.WriteNumber("proxies", report.Proxies);
        json.WriteStartArray("differences");
        foreach (ConfigDifference d in report.Differences!)
        {
            json.WriteStartObject();
            json.WriteString("kind", d.Kind);
            json.WriteString("subject", d.Subject);
            json.WriteString("setting", d.Setting);
            Value(json, "left", d.Left, d.LeftSpan);
            Value(json, "right", d.Right, d.RightSpan);
            json.WriteStartArray("proxies");
            foreach (string proxy in d.Proxies)
            {
                json.WriteStringValue(proxy);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteRuns(Utf8JsonWriter json, IReadOnlyList<RunDifference> rows, string left, string right)
    {
        json.WriteString("left", left);
        json.WriteString("right", right);
        json.WriteStartArray("figures");
        foreach (RunDifference r in rows.Where(r => showsAll || !r.IsSame))
        {
            json.WriteStartObject();
            json.WriteString("what", r.What);
            json.WriteString("left", r.Left);
            json.WriteString("right", r.Right);
            json.WriteString("difference", r.Difference);
            json.WriteString("line", r.Span.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteCalls(Utf8JsonWriter json, CallReport report)
    {
        json.WriteStartArray("callers");
        foreach (string caller in report.Callers)
        {
            json.WriteStringValue(caller);
        }

        json.WriteEndArray();
        json.WriteStartArray("settings");
        foreach (CallRow row in report.Rows.Where(r => showsAll || r.Differs))
        {
            json.WriteStartObject();
            json.WriteString("setting", row.Setting);
            json.WriteBoolean("differs", row.Differs);
            for (int i = 0; i < report.Callers.Count; i++)
            {
                Value(json, report.Callers[i], row.Values[i].Value, row.Values[i].Span);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Value(Utf8JsonWriter json, string name, string value, SourceSpan span)
    {
        json.WriteStartObject(name);
        json.WriteString("value", value);
        json.WriteString("line", span.ToString());
        json.WriteEndObject();
    }

    private void Json(Action<Utf8JsonWriter> body)
    {
        using MemoryStream stream = new();
        var options = new JsonWriterOptions
        {
            Indented = true, NewLine = "\n",
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using (Utf8JsonWriter json = new(stream, options))
        {
            json.WriteStartObject();
            body(json);
            json.WriteEndObject();
        }

        host.Out.WriteLine(Encoding.UTF8.GetString(stream.ToArray()));
    }
}
