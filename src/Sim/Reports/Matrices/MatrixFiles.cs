using System.Text.Encodings.Web;
using System.Text.Json;
using Sim.Runs;
using Sim.Runs.Matrix;

namespace Sim.Reports.Matrices;

/// <summary>The files of a truth table.</summary>
public static class MatrixFiles
{
    /// <summary>Schema written into <c>matrix.json</c>.</summary>
    public const string SchemaId = "meshsim/matrix/1";

    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes <c>matrix.csv</c>, <c>drift.csv</c>, <c>matrix.html</c> and <c>matrix.json</c>.</summary>
    /// <param name="matrix">Truth table.</param>
    /// <param name="stamp">Stamp.</param>
    /// <param name="directory">Target folder, made when missing.</param>
    /// <returns>Names of the files written, in order.</returns>
    public static IReadOnlyList<string> Write(PolicyMatrix matrix, RunStamp stamp, string directory)
    {
        Directory.CreateDirectory(directory);
        AtomicFile.WriteText(Path.Combine(directory, "matrix.csv"), w => MatrixTables.WriteCells(matrix, w));
        AtomicFile.WriteText(Path.Combine(directory, "drift.csv"), w => MatrixTables.WriteDrift(matrix, w));
        AtomicFile.WriteText(Path.Combine(directory, "matrix.html"), w => MatrixPage.Write(matrix, stamp, w));
        AtomicFile.WriteBytes(Path.Combine(directory, "matrix.json"), s => WriteJson(matrix, stamp, s));
        return ["matrix.csv", "drift.csv", "matrix.html", "matrix.json"];
    }

    /// <summary>Writes <c>matrix.json</c>.</summary>
    /// <param name="matrix">Truth table.</param>
    /// <param name="stamp">Stamp.</param>
    /// <param name="stream">Target.</param>
    public static void WriteJson(PolicyMatrix matrix, RunStamp stamp, Stream stream)
    {
        using (Utf8JsonWriter json = new(stream, Indented))
        {
            json.WriteStartObject();
            json.WriteString("schema", SchemaId);
            json.WriteString("answer", MatrixTables.Sentence(matrix));
            json.WriteString("version", stamp.Version);
            json.WriteString("istio", stamp.Istio);
            json.WriteString("scenario", stamp.Scenario);
            json.WriteString("variant", stamp.Variant);
            json.WriteNumber("seed", stamp.Seed);
            json.WriteString("input_hash", stamp.InputHash);
            json.WriteBoolean("held", matrix.Judgements.All(static j => j.Held));
            json.WriteStartArray("judgements");
            foreach (Judgement j in matrix.Judgements)
            {
                json.WriteStartObject();
                json.WriteString("text", j.Text);
                json.WriteBoolean("held", j.Held);
                json.WriteString("measured", j.Measured);
                json.WriteString("detail", j.Detail);
                json.WriteString("file", j.Span.File ?? "");
                json.WriteNumber("line", j.Span.Line);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            MatrixJson.Write(json, matrix);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
    }
}
