using System.Text.Json;
using Sim.Labs;
using Sim.Reports.Labs;

namespace Sim.Tests.Labs;

/// <summary>Labs carried out once for several tests, as the command's JSON.</summary>
internal static class LabRuns
{
    public static string Multi { get; } = Path.Combine(RepositoryPaths.Root, "labs", "multi-cluster.md");

    public static string Folder { get; } = Path.Combine(RepositoryPaths.Root, "tests", "Sim.Tests", "Labs");

    private static readonly Lazy<JsonElement> WrittenRun = new(static () => Json(new LabRequest(Multi)));

    private static readonly Lazy<JsonElement> IntendedRun = new(static () => Json(new LabRequest(Multi)
    {
        World = Path.Combine(RepositoryPaths.Root, "labs", "multi-cluster-intended.yaml"),
    }));

    private static readonly Lazy<JsonElement> SecondRun = new(static () => Json(new LabRequest(
        Path.Combine(Folder, "second-lab.md")) { World = Path.Combine(Folder, "second-world.yaml") }));

    public static JsonElement Written => WrittenRun.Value;

    public static JsonElement Intended => IntendedRun.Value;

    public static JsonElement Second => SecondRun.Value;

    /// <summary>Carries out a lab and reads its JSON back.</summary>
    public static JsonElement Json(LabRequest request)
    {
        LabReport report = LabRunner.Run(request, null, CancellationToken.None);
        using MemoryStream stream = new();
        LabFiles.WriteJson(report, stream);
        return JsonDocument.Parse(stream.ToArray()).RootElement;
    }

    /// <summary>Carries out a text.</summary>
    public static JsonElement Text(string markdown, string exercise = "")
    {
        string folder = Directory.CreateTempSubdirectory("lab").FullName;
        string file = Path.Combine(folder, "lab.md");
        File.WriteAllText(file, markdown);
        try
        {
            return Json(new LabRequest(file) { Exercises = exercise.Length > 0 ? [exercise] : [] });
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    public static JsonElement Exercise(this JsonElement lab, string id) =>
        lab.GetProperty("exercises").EnumerateArray().Single(e => e.GetProperty("id").GetString() == id);

    public static JsonElement Step(this JsonElement exercise, int line) =>
        exercise.GetProperty("steps").EnumerateArray().First(s => s.GetProperty("line").GetInt32() == line);

    public static JsonElement Claim(this JsonElement exercise, int line) =>
        exercise.GetProperty("claims").EnumerateArray().Single(c => c.GetProperty("line").GetInt32() == line);

    public static JsonElement Trial(this JsonElement exercise, int line) =>
        exercise.GetProperty("trials").EnumerateArray().Single(t => t.GetProperty("line").GetInt32() == line);

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    /// <summary>How requests ended: <c>100 x 503 UH</c>, exit code and serving cluster where there are any.</summary>
    public static string Ends(this JsonElement trial) => string.Join("; ",
        trial.GetProperty("answers").EnumerateArray().Select(static a =>
        {
            string flags = a.Text("flags").Trim('-');
            string served = a.Text("served_cluster");
            int code = a.GetProperty("code").GetInt32();
            string end = code == 0 ? "exit " + a.GetProperty("exit").GetInt32() : code
                + (flags.Length > 0 ? " " + flags : "");
            return $"{a.GetProperty("count").GetInt32()} x {end}" + (served == "none" ? "" : " " + served);
        }));

    /// <summary>Findings of a step or an exercise, <c>CODE line: message</c>.</summary>
    public static IEnumerable<string> Findings(this JsonElement element) =>
        element.GetProperty("findings").EnumerateArray()
        .Select(static f => $"{f.Text("code")} {f.GetProperty("line").GetInt32()}: {f.Text("message")}");
}
