using System.Text.Encodings.Web;
using System.Text.Json;
using Sim.Labs;

namespace Sim.Reports.Labs;

/// <summary>The files of a lab that was carried out.</summary>
public static class LabFiles
{
    /// <summary>Schema written into <c>lab.json</c>.</summary>
    public const string SchemaId = "meshsim/lab/1";

    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes <c>lab.json</c>, <c>lab.html</c> and <c>claims.csv</c>.</summary>
    /// <param name="report">The lab; it has a stamp.</param>
    /// <param name="directory">Target folder, made when missing.</param>
    /// <returns>Names of the files written, in order.</returns>
    public static IReadOnlyList<string> Write(LabReport report, string directory)
    {
        Directory.CreateDirectory(directory);
        AtomicFile.WriteBytes(Path.Combine(directory, "lab.json"), s => WriteJson(report, s));
        AtomicFile.WriteText(Path.Combine(directory, "lab.html"), w => LabPage.Write(report, w));
        AtomicFile.WriteText(Path.Combine(directory, "claims.csv"), w => LabTables.WriteClaims(report, w));
        return ["lab.json", "lab.html", "claims.csv"];
    }

    /// <summary>Writes <c>lab.json</c>.</summary>
    /// <param name="report">The lab; it has a stamp.</param>
    /// <param name="stream">Target.</param>
    public static void WriteJson(LabReport report, Stream stream)
    {
        using (Utf8JsonWriter json = new(stream, Indented))
        {
            json.WriteStartObject();
            json.WriteString("schema", SchemaId);
            LabJson.Write(json, report);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
    }
}
