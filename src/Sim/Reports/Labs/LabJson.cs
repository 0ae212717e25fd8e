using System.Text.Json;
using Sim.Core;
using Sim.Labs;
using Sim.Runs;
using Sim.Runs.Observing;
using Sim.Runs.Scenario;

namespace Sim.Reports.Labs;

/// <summary>The members of <c>lab.json</c>.</summary>
internal static class LabJson
{
    /// <summary>Writes them into the object that is open.</summary>
    public static void Write(Utf8JsonWriter json, LabReport report)
    {
        json.WriteString("lab", report.File);
        json.WriteString("answer", LabTables.Sentence(report));
        json.WriteBoolean("held", report.Held);
        json.WriteStartObject("stamp");
        if (report.Stamp is { } stamp)
        {
            json.WriteString("version", stamp.Version);
            json.WriteString("istio", stamp.Istio);
            json.WriteString("admission", stamp.Admission);
            json.WriteStartArray("extensions");
            foreach (string extension in stamp.Extensions)
            {
                json.WriteStringValue(extension);
            }

            json.WriteEndArray();
            json.WriteString("input_hash", stamp.InputHash);
        }

        json.WriteEndObject();
        json.WriteStartObject("claims");
        foreach (LabVerdict verdict in Enum.GetValues<LabVerdict>())
        {
            json.WriteNumber(LabTables.NameOf(verdict).Replace('-', '_'), report.Count(verdict));
        }

        json.WriteEndObject();
        WriteFindings(json, "findings", report.Diagnostics);
        json.WriteStartArray("exercises");
        foreach (LabExercise exercise in report.Exercises)
        {
            WriteExercise(json, exercise);
        }

        json.WriteEndArray();
    }

    private static void WriteExercise(Utf8JsonWriter json, LabExercise exercise)
    {
        json.WriteStartObject();
        json.WriteString("id", exercise.Id);
        json.WriteString("title", exercise.Title);
        json.WriteNumber("line", exercise.Line);
        json.WriteBoolean("held", exercise.Held);
        WriteFindings(json, "assumed", exercise.Assumed);
        json.WriteStartArray("steps");
        foreach (LabStep step in exercise.Steps)
        {
            WriteStep(json, step);
        }

        json.WriteEndArray();
        json.WriteStartArray("resources");
        foreach (LabResource r in exercise.Resources)
        {
            json.WriteStartObject();
            json.WriteString("resource", r.Resource);
            json.WriteString("cluster", r.Cluster);
            json.WriteNumber("line", r.Line);
            json.WriteBoolean("stored", r.IsStored);
            json.WriteString("effect", r.Effect);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("trials");
        foreach (LabTrial trial in exercise.Trials)
        {
            WriteTrial(json, trial);
        }

        json.WriteEndArray();
        json.WriteStartArray("claims");
        foreach (LabClaim claim in exercise.Claims)
        {
            WriteClaim(json, claim);
        }

        json.WriteEndArray();
        WriteAlerts(json, exercise);
        WriteFindings(json, "findings", exercise.Findings);
        json.WriteStartArray("pods");
        foreach ((string cluster, int pods, int sidecars) in exercise.Pods)
        {
            json.WriteStartObject();
            json.WriteString("cluster", cluster);
            json.WriteNumber("pods", pods);
            json.WriteNumber("with_sidecar", sidecars);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteAlerts(Utf8JsonWriter json, LabExercise exercise)
    {
        json.WriteStartArray("alerts");
        foreach (ExaminedAlert alert in exercise.Alerts)
        {
            json.WriteStartObject();
            json.WriteString("alert", alert.Alert);
            json.WriteString("cluster", alert.Cluster);
            json.WriteString("resource", alert.Resource);
            json.WriteNumber("line", alert.Span.Line);
            json.WriteBoolean("read", alert.IsRead);
            json.WriteString("fires", LabTables.NameOf(alert.Reach));
            json.WriteString("why", alert.Why);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteStep(Utf8JsonWriter json, LabStep step)
    {
        json.WriteStartObject();
        json.WriteNumber("line", step.Line);
        json.WriteString("text", step.Text);
        json.WriteString("cluster", step.Cluster);
        json.WriteNumber("at_s", RunJsonNames.Seconds(step.AtNs));
        json.WriteString("outcome", LabTables.NameOf(step.Outcome));
        json.WriteStartArray("did");
        foreach (string did in step.Did)
        {
            json.WriteStringValue(did);
        }

        json.WriteEndArray();
        WriteFindings(json, "findings", step.Findings);
        json.WritePropertyName("request");
        WriteTrial(json, step.Request);
        json.WriteEndObject();
    }

    private static void WriteClaim(Utf8JsonWriter json, LabClaim claim)
    {
        json.WriteStartObject();
        json.WriteNumber("line", claim.Line);
        json.WriteString("text", claim.Text);
        json.WriteString("kind", claim.Kind);
        json.WriteString("verdict", LabTables.NameOf(claim.Verdict));
        json.WriteString("why", claim.Why);
        json.WriteString("file", claim.Deciding.File ?? "");
        json.WriteNumber("deciding_line", claim.Deciding.Line);
        json.WriteEndObject();
    }

    private static void WriteTrial(Utf8JsonWriter json, LabTrial? trial)
    {
        if (trial is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteNumber("line", trial.Line);
        json.WriteString("curl", trial.Curl);
        json.WriteString("from", trial.From);
        json.WriteString("what", trial.What);
        json.WriteString("overruled_by", trial.Overruled);
        json.WriteNumber("count", trial.Count);
        json.WriteStartArray("answers");
        foreach (LabAnswer a in trial.Answers)
        {
            json.WriteStartObject();
            json.WriteNumber("count", a.Count);
            json.WriteNumber("code", a.Code);
            json.WriteString("flags", a.Flags);
            json.WriteString("details", a.Details);
            json.WriteString("disposition", a.Disposition);
            json.WriteNumber("exit", a.Exit);
            json.WriteString("served_cluster", a.ServedCluster);
            json.WriteString("served_region", a.ServedRegion);
            json.WriteString("served_workload", a.ServedWorkload);
            json.WriteString("served_version", a.ServedVersion);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WhyStepsJson.Write(json, "why", trial.Steps);
        json.WriteString("file", trial.Deciding.File ?? "");
        json.WriteNumber("deciding_line", trial.Deciding.Line);
        json.WriteEndObject();
    }

    private static void WriteFindings(Utf8JsonWriter json, string name, IReadOnlyList<Diagnostic> findings)
    {
        json.WriteStartArray(name);
        foreach (Diagnostic d in findings)
        {
            json.WriteStartObject();
            json.WriteString("code", d.Code);
            json.WriteString("severity", d.Severity.ToString().ToLowerInvariant());
            json.WriteString("message", d.Message);
            json.WriteString("file", d.Span.File ?? "");
            json.WriteNumber("line", d.Span.Line);
            json.WriteString("hint", d.Hint);
            json.WriteString("resource", d.Resource);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
