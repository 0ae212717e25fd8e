using System.Text;
using System.Text.Json;
using Sim.Core;
using Sim.Reports;
using Sim.Runs;

namespace Sim.Tests.Reports;

[TestFixture]
internal sealed class RunFilesTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("meshsim-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Write_ThenRead_GivesEveryValueBack()
    {
        foreach (RunResult run in (RunResult[])[SampleRun.Failed, SampleRun.Held, SampleRun.Empty])
        {
            RunFiles.Write(run, _folder);
            RunFilesReading reading = RunFiles.Read(_folder);
            Assert.That(reading.Diagnostics, Is.Empty);
            RunResult back = reading.Result!;
            Assert.Multiple(() =>
            {
                Assert.That(Json(back), Is.EqualTo(Json(run)));
                Assert.That(back.Requests, Is.EqualTo(run.Requests));
                Assert.That(back.Judgements, Is.EqualTo(run.Judgements));
                Assert.That(back.Series, Is.EqualTo(run.Series));
                Assert.That(back.Latency, Is.EqualTo(run.Latency));
                Assert.That(back.Ejections, Is.EqualTo(run.Ejections));
                Assert.That(back.Stamp with { Extensions = [], Set = null },
                    Is.EqualTo(run.Stamp with { Extensions = [], Set = null }));
                Assert.That(back.Stamp.Set, Is.EqualTo(run.Stamp.Set));
            });
        }
    }

    [Test]
    public void Write_AfterReading_GivesTheSameBytesInEveryFile()
    {
        string again = Path.Combine(_folder, "again");
        IReadOnlyList<string> names = RunFiles.Write(SampleRun.Failed, _folder);
        RunFiles.Write(RunFiles.Read(_folder).Result!, again);
        foreach (string name in names)
        {
            Assert.That(File.ReadAllBytes(Path.Combine(again, name)),
                Is.EqualTo(File.ReadAllBytes(Path.Combine(_folder, name))), name);
        }
    }

    [Test]
    public void RunJson_OfEveryRun_KeepsThePublishedSchema()
    {
        string path = Path.Combine(RepositoryPaths.Root, "docs", "schema", "run.schema.json");
        JsonElement schema = JsonDocument.Parse(File.ReadAllText(path)).RootElement;
        foreach (RunResult run in (RunResult[])[SampleRun.Failed, SampleRun.Held, SampleRun.Empty])
        {
            JsonElement document = JsonDocument.Parse(Json(run)).RootElement;
            Assert.That(JsonSchemaCheck.Errors(schema, document), Is.Empty);
        }

        string broken = Json(SampleRun.Failed).Replace("\"at_s\"", "\"at\"", StringComparison.Ordinal);
        Assert.That(JsonSchemaCheck.Errors(schema, JsonDocument.Parse(broken).RootElement), Is.Not.Empty);
    }

    [Test]
    public void RunJson_Contract_HasTheStatedShape()
    {
        JsonElement run = JsonDocument.Parse(Json(SampleRun.Failed)).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(run.GetProperty("schema").GetString(), Is.EqualTo("meshsim/run/1"));
            Assert.That(run.GetProperty("verdict").GetString(), Is.EqualTo("failed"));
            Assert.That(run.GetProperty("ejections")[0].GetProperty("at_s").GetRawText(), Is.EqualTo("720.214"));
            JsonElement last = run.GetProperty("ejections")[7];
            Assert.That(last.GetProperty("until_s").ValueKind, Is.EqualTo(JsonValueKind.Null));
            JsonElement served = run.GetProperty("requests").GetProperty("served_by");
            Assert.That(served.GetProperty("us-east").GetProperty("eu-west").GetInt64(), Is.Positive);
            Assert.That(run.GetProperty("assertions")[0].GetProperty("measured").GetString(), Is.EqualTo("99.71 %"));
        });
    }

    [Test]
    public void Write_WhenItFails_KeepsTheOldFileAndLeavesNoHalfOne()
    {
        string path = Path.Combine(_folder, "run.json");
        AtomicFile.WriteText(path, static w => w.Write("old"));
        Assert.That(
            () => AtomicFile.WriteText(path, static w =>
            {
                w.Write(new string('x', 200_000));
                w.Flush();
                throw new OperationCanceledException();
            }),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllText(path), Is.EqualTo("old"));
            Assert.That(Directory.GetFiles(_folder), Is.EqualTo(new[] { path }));
        });
    }

    [Test]
    public void Write_TargetFolderIsAFile_LeavesItAlone()
    {
        string path = Path.Combine(_folder, "file");
        File.WriteAllText(path, "mine");
        Assert.That(() => RunFiles.Write(SampleRun.Empty, path), Throws.InstanceOf<IOException>());
        Assert.That(File.ReadAllText(path), Is.EqualTo("mine"));
    }

    [TestCase("", "MS0602")]
    [TestCase("not json", "MS0602")]
    [TestCase("{}", "MS0602")]
    [TestCase("[1]", "MS0602")]
    [TestCase("{\"schema\":\"meshsim/run/9\"}", "MS0602")]
    [TestCase(null, "MS0601")]
    public void Read_BrokenFile_GivesADiagnostic(string? text, string code)
    {
        string path = Path.Combine(_folder, "run.json");
        if (text is not null)
        {
            File.WriteAllText(path, text);
        }

        RunFilesReading reading = RunFiles.Read(path);
        Assert.That(reading.Result, Is.Null);
        Assert.That(reading.Diagnostics.Select(static d => d.Code), Is.EqualTo(new[] { code }));
        Assert.That(reading.Diagnostics[0].Span.File, Does.EndWith("run.json"));
    }

    [Test]
    public void Read_EveryTruncation_GivesADiagnosticAndNoException()
    {
        byte[] whole = Encoding.UTF8.GetBytes(Json(SampleRun.Empty));
        string path = Path.Combine(_folder, "run.json");
        for (int length = 0; length < whole.Length - 2; length += 7)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.That(RunFiles.Read(path).Diagnostics, Has.Count.EqualTo(1));
        }
    }

    [Test]
    public void Read_EveryValueReplaced_GivesADiagnosticOrARun()
    {
        string[] lines = Json(SampleRun.Empty).Split('\n');
        string path = Path.Combine(_folder, "run.json");
        for (int i = 0; i < lines.Length; i++)
        {
            int colon = lines[i].IndexOf(": ", StringComparison.Ordinal);
            if (colon > 0)
            {
                string[] copy = [.. lines];
                copy[i] = lines[i][..colon] + ": [null]" + (lines[i].EndsWith(',') ? "," : "");
                File.WriteAllText(path, string.Join('\n', copy));
                RunFilesReading reading = RunFiles.Read(path);
                Assert.That(reading.Result is null, Is.EqualTo(reading.Diagnostics.Count == 1), copy[i]);
            }
        }
    }

    [Test]
    public void Read_ForeignRequestTable_GivesADiagnostic()
    {
        RunFiles.Write(SampleRun.Failed, _folder);
        File.WriteAllText(Path.Combine(_folder, "requests.csv"), "a,b\n1,2\n");
        Assert.That(RunFiles.Read(_folder).Diagnostics.Select(static d => d.Code), Is.EqualTo(new[] { "MS0603" }));
        string good = Path.Combine(_folder, "x");
        RunFiles.Write(SampleRun.Failed, good);
        string csv = Path.Combine(good, "requests.csv");
        File.WriteAllText(csv, File.ReadAllText(csv).Replace("\n3,", "\nthree,", StringComparison.Ordinal));
        Assert.That(RunFiles.Read(good).Diagnostics.Select(static d => d.Code), Is.EqualTo(new[] { "MS0603" }));
    }

    [Test]
    public void Tables_OfARun_AreTidy()
    {
        foreach (string name in RunFiles.Write(SampleRun.Failed, _folder, [SampleRun.Failed, SampleRun.Held]))
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(_folder, name));
            Assert.That(bytes.Contains((byte)'\r'), Is.False, name);
            Assert.That(bytes[0], Is.Not.EqualTo(0xEF), name + " has no byte order mark");
            Assert.That(bytes[^1], Is.EqualTo((byte)'\n'), name);
            if (name.EndsWith(".csv", StringComparison.Ordinal))
            {
                string header = Encoding.UTF8.GetString(bytes).Split('\n')[0];
                Assert.That(header, Does.Match("^[a-z][a-z0-9_]*(,[a-z][a-z0-9_]*)+$"), name);
            }
        }
    }

    [Test]
    public void Ledger_RuleWithComma_IsQuoted()
    {
        RunResult run = SampleRun.Empty with
        {
            Ledger = [new LedgerEntry("a", "x", "y", "us", "eu", "direct", "rule \"a\", b", 1, 2) { Holder = "n/w" }],
        };
        RunFiles.Write(run, _folder);
        Assert.That(File.ReadAllText(Path.Combine(_folder, "ledger.csv")), Is.EqualTo(
            "data_class,from,to,from_geo,to_geo,path,allowed_by,requests,response_bytes,holder,reader,first_s," +
            "first_request\na,x,y,us,eu,direct,\"rule \"\"a\"\", b\",1,2,n/w,,0,\n"));
    }

    [Test]
    public void Seconds_AreExactToTheNanosecond()
    {
        RunResult run = SampleRun.Empty with { DurationNs = 86_400 * SimDuration.Second * 365 + 1 };
        RunFiles.Write(run, _folder);
        Assert.That(RunFiles.Read(_folder).Result!.DurationNs, Is.EqualTo(run.DurationNs));
    }

    private static string Json(RunResult run)
    {
        using MemoryStream stream = new();
        RunFiles.WriteRunJson(run, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
