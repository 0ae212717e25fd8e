using System.Text.Json;
using Sim.Runs;

namespace Sim.Reports;

/// <summary>The steps of an explanation, as every JSON that holds one writes them.</summary>
public static class WhyStepsJson
{
    /// <summary>Writes an array of objects with <c>step</c>, <c>text</c>, <c>file</c>, <c>line</c> and <c>depth</c>.
    /// </summary>
    /// <param name="json">Where.</param>
    /// <param name="name">Name of the array.</param>
    /// <param name="steps">Steps in order.</param>
    public static void Write(Utf8JsonWriter json, string name, IReadOnlyList<WhyStep> steps)
    {
        json.WriteStartArray(name);
        foreach (WhyStep step in steps)
        {
            json.WriteStartObject();
            json.WriteString("step", step.Step);
            json.WriteString("text", step.Text);
            json.WriteString("file", step.Span.File ?? "");
            json.WriteNumber("line", step.Span.Line);
            json.WriteNumber("depth", step.Depth);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
