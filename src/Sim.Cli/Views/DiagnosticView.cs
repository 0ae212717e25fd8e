using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sim.Core;
using Sim.Reports.Figures;

namespace Sim.Cli.Views;

/// <summary>Findings as lines, table, JSON or GitHub annotations.</summary>
internal static class DiagnosticView
{
    private static readonly JsonWriterOptions Json = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>One line each: <c>file:line: error MS0001: message (hint)</c>.</summary>
    public static void WriteLines(IReadOnlyList<Diagnostic> diagnostics, TextWriter writer)
    {
        foreach (Diagnostic diagnostic in diagnostics)
        {
            writer.WriteLine(diagnostic.ToString());
        }
    }

    /// <summary>A table with a count at its end.</summary>
    public static void WriteTable(IReadOnlyList<Diagnostic> diagnostics, TerminalText text)
    {
        text.Columns([.. diagnostics.Select(d => (string[])
        [
            text.Of(d.Severity), text.Plain(d.Code),
            text.Plain(d.Message) + (d.Hint.Length == 0 ? "" : "\n" + text.Soft(d.Hint)), text.Plain(d.Span.ToString()),
        ])], wide: 2);
        int errors = diagnostics.Count(static d => d.Severity == Severity.Error);
        int warnings = diagnostics.Count(static d => d.Severity == Severity.Warning);
        text.Line(diagnostics.Count == 0 ? text.Good("No findings.")
            : text.Strong($"{Words.Count(diagnostics.Count, "finding")}: {Words.Count(errors, "error")}, "
                + Words.Count(warnings, "warning")));
    }

    /// <summary>An array of objects.</summary>
    public static void WriteJson(IReadOnlyList<Diagnostic> diagnostics, TextWriter writer)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Json))
        {
            WriteArray(json, diagnostics);
        }

        writer.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }

    /// <summary>The array alone.</summary>
    public static void WriteArray(Utf8JsonWriter json, IReadOnlyList<Diagnostic> diagnostics)
    {
        json.WriteStartArray();
        foreach (Diagnostic d in diagnostics)
        {
            json.WriteStartObject();
            json.WriteString("code", d.Code);
            json.WriteString("severity", d.Severity.ToString().ToLowerInvariant());
            json.WriteString("message", d.Message);
            json.WriteString("file", d.Span.File ?? "");
            json.WriteNumber("line", d.Span.Line);
            json.WriteNumber("column", d.Span.Column);
            json.WriteString("hint", d.Hint);
            json.WriteString("resource", d.Resource);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Workflow commands that GitHub shows beside the changed lines.</summary>
    public static void WriteGitHub(IReadOnlyList<Diagnostic> diagnostics, TextWriter writer)
    {
        foreach (Diagnostic d in diagnostics)
        {
            string kind = d.Severity switch
            {
                Severity.Error => "error",
                Severity.Warning => "warning",
                _ => "notice",
            };
            string line = Math.Max(1, d.Span.Line).ToString(CultureInfo.InvariantCulture);
            string place = d.Span.IsKnown ? $"file={Property(d.Span.File)},line={line}," : "";
            string hint = d.Hint.Length == 0 ? "" : " (" + d.Hint + ")";
            writer.WriteLine($"::{kind} {place}title={Property(d.Code)}::{Data(d.Message + hint)}");
        }
    }

    private static string Data(string text) => text.Replace("%", "%25", StringComparison.Ordinal)
        .Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private static string Property(string text) => Data(text).Replace(":", "%3A", StringComparison.Ordinal)
        .Replace(",", "%2C", StringComparison.Ordinal);
}
