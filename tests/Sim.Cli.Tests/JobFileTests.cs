using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Manifests;
using Sim.Tests.Experiments;

namespace Sim.Cli.Tests;

/// <summary>The job files of <c>sweep --emit</c> do what one run does: their scripts are run here, shard by shard.
/// </summary>
[TestFixture]
internal sealed class JobFileTests
{
    /// <summary>Fields of a batch/v1 Job that the file uses, with their JSON types; everything else is a mistake.
    /// </summary>
    private static readonly Dictionary<string, JsonValueKind> JobFields = new()
    {
        ["apiVersion"] = JsonValueKind.String,
        ["kind"] = JsonValueKind.String,
        ["metadata.name"] = JsonValueKind.String,
        ["spec.completionMode"] = JsonValueKind.String,
        ["spec.completions"] = JsonValueKind.Number,
        ["spec.parallelism"] = JsonValueKind.Number,
        ["spec.backoffLimitPerIndex"] = JsonValueKind.Number,
        ["spec.template.spec.restartPolicy"] = JsonValueKind.String,
        ["spec.template.spec.containers[].name"] = JsonValueKind.String,
        ["spec.template.spec.containers[].image"] = JsonValueKind.String,
        ["spec.template.spec.containers[].workingDir"] = JsonValueKind.String,
        ["spec.template.spec.containers[].command[]"] = JsonValueKind.String,
        ["spec.template.spec.containers[].args[]"] = JsonValueKind.String,
        ["spec.template.spec.containers[].resources.requests.cpu"] = JsonValueKind.String,
        ["spec.template.spec.containers[].resources.requests.memory"] = JsonValueKind.String,
        ["spec.template.spec.containers[].volumeMounts[].name"] = JsonValueKind.String,
        ["spec.template.spec.containers[].volumeMounts[].mountPath"] = JsonValueKind.String,
        ["spec.template.spec.volumes[].name"] = JsonValueKind.String,
        ["spec.template.spec.volumes[].persistentVolumeClaim.claimName"] = JsonValueKind.String,
    };

    private TinyScenario _tiny = null!;

    [SetUp]
    public void MakeFolder() => _tiny = new TinyScenario("  sweep: {variants: [base, slower], measure: [errors]}");

    [TearDown]
    public void RemoveFolder() => _tiny.Dispose();

    [TestCase("slurm")]
    [TestCase("k8s")]
    public void Script_RunShardByShard_MergesToTheBytesOfOneRun(string engine)
    {
        string[] options = ["--replications", "4", "--set", "description='it''s 1 < 2'"];
        string job = Emit([engine, "--shards", "3", "--out", Out("job"), .. options]);
        string script = engine == "slurm" ? job : ArgumentOf(job);
        for (int i = 1; i <= 3; i++)
        {
            Shell(script, engine == "slurm" ? ("SLURM_ARRAY_TASK_ID", i) : ("JOB_COMPLETION_INDEX", i - 1));
        }

        Assert.That(new Cli().Run(["sweep", _tiny.Folder, "--out", Out("whole"), .. options]), Is.Zero);
        Cli merge = new();
        Assert.That(merge.Run(["merge", _tiny.Folder, Out("job") + "/shard-1", Out("job") + "/shard-2",
            Out("job") + "/shard-3", "--out", Out("merged"), .. options]), Is.Zero, merge.Error);
        foreach (string file in (string[])["runs.csv", "summary.csv", "sweep.json"])
        {
            Assert.That(File.ReadAllText(Path.Combine(Out("merged"), file)),
                Is.EqualTo(File.ReadAllText(Path.Combine(Out("whole"), file))), file);
        }
    }

    [Test]
    public void Script_OfAScenarioWithFailedChecks_EndsWell()
    {
        string script = Emit("slurm", "--shards", "1", "--out", Out("job"), "--set", "assert=['errors < 0']");
        Shell(script, ("SLURM_ARRAY_TASK_ID", 1));
        Assert.That(File.ReadAllText(Path.Combine(Out("job"), "shard-1", "runs.csv")), Does.Contain(",failed,"));
    }

    [Test]
    public void KubernetesJob_UsesFieldsThatExist()
    {
        JsonNode job = ToJson(YamlReader.Read(Emit("k8s", "--image", "registry.example/meshsim:1"), "job.yaml",
            new DiagnosticBag()).Single());
        var wrong = new List<string>();
        Check(job, "", wrong);
        Assert.That(wrong, Is.Empty);
        Assert.That((job["apiVersion"]!.GetValue<string>(), job["kind"]!.GetValue<string>()),
            Is.EqualTo(("batch/v1", "Job")));
        Assert.That(job["spec"]!["completions"]!.GetValue<long>(), Is.EqualTo(8));
    }

    [Test]
    public void KubernetesJob_SurvivesKubectlsOwnTypes()
    {
        // kubectl reads the file into Kubernetes' own types, which drops what they do not have, and prints it again.
        string file = Path.Combine(_tiny.Folder, "job.yaml");
        File.WriteAllText(file, Emit("k8s"));
        var start = new ProcessStartInfo("kubectl")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "set", "env", "--local", "-f", file, "A=b", "-o", "json" },
        };
        string output;
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero, error.Result);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("there is no kubectl here");
            return;
        }

        var leaves = new List<string>();
        Leaves(ToJson(YamlReader.Read(File.ReadAllText(file), file, new DiagnosticBag()).Single()), "", leaves);
        var kept = new List<string>();
        Leaves(JsonNode.Parse(output)!, "", kept);
        Assert.That(leaves.Except(kept), Is.Empty);
        Assert.That(leaves, Has.Count.GreaterThan(15));
    }

    private string Emit(params string[] args)
    {
        Cli cli = new();
        Assert.That(cli.Run(["sweep", _tiny.Folder, "--emit", .. args]), Is.Zero, cli.Error);
        return cli.Out;
    }

    private string Out(string name) => Path.Combine(_tiny.Folder, "out " + name);

    private static string ArgumentOf(string job) =>
        ToJson(YamlReader.Read(job, "job.yaml", new DiagnosticBag()).Single())["spec"]!["template"]!["spec"]![
            "containers"]![0]!["args"]![0]!.GetValue<string>();

    private void Shell(string script, (string Name, int Value) index)
    {
        string bin = Path.Combine(_tiny.Folder, "bin");
        Directory.CreateDirectory(bin);
        string meshsim = Path.Combine(bin, "meshsim");
        File.WriteAllText(meshsim,
            $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "meshsim.dll")}' \"$@\"\n");
        var start = new ProcessStartInfo("sh") { RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"chmod +x '{meshsim}'\n" + script);
        start.Environment["PATH"] = bin + ":" + Environment.GetEnvironmentVariable("PATH");
        start.Environment["SLURM_CPUS_PER_TASK"] = "2";
        start.Environment[index.Name] = FormattableString.Invariant($"{index.Value}");
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, error);
    }

    private static JsonNode ToJson(YamlNode node) => node switch
    {
        YamlMapping m => new JsonObject(m.Entries.Select(static e => KeyValuePair.Create<string, JsonNode?>(
            e.Key, ToJson(e.Value)))),
        YamlSequence s => new JsonArray([.. s.Items.Select(ToJson)]),
        YamlScalar { IsPlain: true } p when long.TryParse(p.Value, out long number) => JsonValue.Create(number),
        YamlScalar t => JsonValue.Create(t.Value),
        _ => throw new InvalidOperationException(),
    };

    private static void Check(JsonNode node, string path, List<string> wrong)
    {
        switch (node)
        {
            case JsonObject o:
                foreach ((string key, JsonNode? value) in o)
                {
                    Check(value!, path.Length == 0 ? key : path + "." + key, wrong);
                }

                break;
            case JsonArray a:
                foreach (JsonNode? item in a)
                {
                    Check(item!, path + "[]", wrong);
                }

                break;
            default:
                if (!JobFields.TryGetValue(path, out JsonValueKind kind) || node.GetValueKind() != kind)
                {
                    wrong.Add(path);
                }

                break;
        }
    }

    private static void Leaves(JsonNode node, string path, List<string> leaves)
    {
        switch (node)
        {
            case JsonObject o:
                foreach ((string key, JsonNode? value) in o.Where(static e => e.Value is not null))
                {
                    Leaves(value!, path + "." + key, leaves);
                }

                break;
            case JsonArray a:
                for (int i = 0; i < a.Count; i++)
                {
                    Leaves(a[i]!, FormattableString.Invariant($"{path}[{i}]"), leaves);
                }

                break;
            default:
                leaves.Add(path + "=" + node.ToJsonString());
                break;
        }
    }
}
