using System.Text.Json;
using Sim.Runs;
using Sim.Runs.Judging;
using static Sim.Reports.RunJsonNames;

namespace Sim.Reports;

/// <summary>Error budgets, as the member <c>budgets</c> of <c>run.json</c>.</summary>
internal static class BudgetJson
{
    /// <summary>Writes the member, unless there is no objective.</summary>
    public static void Write(Utf8JsonWriter json, RunResult result)
    {
        if (result.Budgets.Count > 0)
        {
            RunJsonWriter.Rows(json, "budgets", result.Budgets, WriteBudget);
        }
    }

    /// <summary>Reads the member.</summary>
    public static IReadOnlyList<ErrorBudget> Read(JsonNode root) => root.Optional("budgets")?.Rows(static b =>
        new ErrorBudget(
            b["name"].Text(), b["target_ratio"].Number(), b["from_s"].Seconds(), b["step_s"].Seconds(),
            b["total"].Number(), b["bad"].Number(), b["remaining_ratio"].Rows(static r => r.Number()),
            b["burns"].Rows(static r => new BurnRecord(
                new BurnRule(r["rate"].Number(), r["long_s"].Seconds(), r["short_s"].Seconds()), r["highest"].Number(),
                r["alarms"].Rows(static a => (a["from_s"].Seconds(), a["to_s"].Seconds())))))) ?? [];

    private static void WriteBudget(Utf8JsonWriter json, ErrorBudget budget)
    {
        json.WriteString("name", budget.Name);
        json.WriteNumber("target_ratio", budget.Target);
        json.WriteNumber("from_s", Seconds(budget.FromNs));
        json.WriteNumber("step_s", Seconds(budget.StepNs));
        json.WriteNumber("total", budget.Total);
        json.WriteNumber("bad", budget.Bad);
        json.WriteStartArray("remaining_ratio");
        foreach (double r in budget.Remaining)
        {
            json.WriteNumberValue(Math.Round(r, 6));
        }

        json.WriteEndArray();
        json.WriteStartArray("burns");
        foreach (BurnRecord burn in budget.Burns)
        {
            json.WriteStartObject();
            json.WriteNumber("rate", burn.Rule.Rate);
            json.WriteNumber("long_s", Seconds(burn.Rule.LongNs));
            json.WriteNumber("short_s", Seconds(burn.Rule.ShortNs));
            json.WriteNumber("highest", Math.Round(burn.Highest, 6));
            json.WriteStartArray("alarms");
            foreach ((long from, long to) in burn.Alarms)
            {
                json.WriteStartObject();
                json.WriteNumber("from_s", Seconds(from));
                json.WriteNumber("to_s", Seconds(to));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
