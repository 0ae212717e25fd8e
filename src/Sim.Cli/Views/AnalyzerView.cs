using System.Text;
using System.Text.Json;
using Sim.Mesh.Analysis;

namespace Sim.Cli.Views;

/// <summary>The analyzers and their codes, as a table or as JSON.</summary>
internal static class AnalyzerView
{
    /// <summary>Writes all analyzers.</summary>
    /// <returns>The exit code.</returns>
    public static int Write(CliHost host, string form, string color)
    {
        List<AnalyzerDescription> all = [.. IstioAnalyzers.All, .. OwnAnalyzers.All];
        if (form == "json")
        {
            WriteJson(all, host.Out);
        }
        else
        {
            TerminalText text = new(host, color);
            text.Columns([.. all.Select(a => (string[])
            [
                text.Strong(a.Name), text.Plain(a.Codes), text.Plain(a.Summary),
            ])], wide: 2);
            text.Line(text.Soft("meshsim analyze explain CODE says what a code means."));
        }

        return ExitCodes.Ok;
    }

    private static void WriteJson(List<AnalyzerDescription> all, TextWriter writer)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartArray();
            foreach (AnalyzerDescription a in all)
            {
                json.WriteStartObject();
                json.WriteString("name", a.Name);
                json.WriteString("summary", a.Summary);
                json.WriteStartArray("codes");
                foreach (string code in a.Codes.Split(' '))
                {
                    json.WriteStringValue(code);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        writer.WriteLine(Encoding.UTF8.GetString(stream.ToArray()));
    }
}
