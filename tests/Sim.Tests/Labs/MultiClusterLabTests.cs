using System.Text.Json;
using Sim.Core;
using Sim.Labs;
using Sim.Reports.Labs;
using Sim.Tests.Reports;

namespace Sim.Tests.Labs;

/// <summary>The multi-cluster lab as written: what each of its exercises really does, by the command's JSON.</summary>
[TestFixture]
internal sealed class MultiClusterLabTests
{
    private static JsonElement Of(string id) => LabRuns.Written.Exercise(id);

    private static IEnumerable<(int Pods, int Sidecars)> Pods(string id, string cluster) =>
        Of(id).GetProperty("pods").EnumerateArray().Where(p => p.Text("cluster") == cluster)
            .Select(static p => (p.GetProperty("pods").GetInt32(), p.GetProperty("with_sidecar").GetInt32()));

    [Test]
    public void Exercise1_InstallationIsRefused_NoPodGetsASidecar()
    {
        JsonElement e = Of("1");
        Assert.That(e.Step(105).Text("outcome"), Is.EqualTo("refused"));
        Assert.That(e.Step(105).Findings(), Is.EqualTo(new[]
        {
            "MS3016 105: could not unmarshal: error unmarshaling JSON: while decoding JSON: unknown field "
            + "\"clusterName\" in istio.operator.v1alpha1.GlobalConfig",
        }));
        Assert.That(e.Step(108).GetProperty("did")[0].GetString(),
            Is.EqualTo("Error from server (NotFound): namespaces \"istio-system\" not found"));
        Assert.That(e.Step(103).Findings().Single(), Does.StartWith("MS0808 103: "));
        Assert.That(Pods("1", "us-east"), Is.EqualTo(new[] { (7, 0) }));
        Assert.That(e.GetProperty("held").GetBoolean(), Is.False);
    }

    [Test]
    public void Exercise1_InRelease122_TheKeyIsRefusedInItsWords()
    {
        JsonElement lab = LabRuns.Json(new LabRequest(LabRuns.Multi) { Istio = "1.22", Exercises = ["1"] });
        Assert.That(lab.Exercise("1").Step(105).Findings(),
            Is.EqualTo(new[] { "MS3016 105: unknown field \"clusterName\" in v1alpha1.GlobalConfig" }));
    }

    [Test]
    public void Exercise2_ThreeKeysAreUnknown_PodsComeBackWithoutSidecars()
    {
        JsonElement e = Of("2");
        Assert.That(e.Step(133).Findings().Single(), Does.StartWith(
            "MS3015 133: Error from server (NotFound): svc \"istio-pilot\" not found"));
        Assert.That(e.Step(139).Text("outcome"), Is.EqualTo("refused"));
        Assert.That(e.Step(139).Findings(), Is.EqualTo(new[]
        {
            "MS3016 139: could not unmarshal: json: unknown field \"global\"",
            "MS3016 139: could not unmarshal: json: unknown field \"istiodRemote\"",
            "MS3016 139: could not unmarshal: json: unknown field \"pilot\"",
        }));
        Assert.That(e.Step(135).Text("outcome"), Is.EqualTo("not-carried-out"));
        Assert.That(Pods("2", "eu-west"), Is.EqualTo(new[] { (4, 0) }));
        Assert.That(Pods("3", "eu-west"), Is.EqualTo(new[] { (4, 4) }), "assumed from the next exercise on");
        Assert.That(Of("3").GetProperty("assumed").EnumerateArray().Select(static f => f.Text("code")).Distinct(),
            Is.EqualTo(new[] { LabCodes.Assumed }));
    }

    [Test]
    public void Exercise3_SecretIsNoUse_NameDoesNotResolve()
    {
        JsonElement e = Of("3");
        Assert.That(e.Step(163).Text("outcome"), Is.EqualTo("done"), "the API server stores it");
        string[] findings = [.. e.Step(163).Findings()];
        Assert.That(findings.Count(static f => f.Contains("secret \"cacerts\" not found", StringComparison.Ordinal)),
            Is.EqualTo(3));
        Assert.That(findings[^1], Does.StartWith("MS3017 164: ").And.EndsWith("incomplete signing CA bundle detected"));
        Assert.That(e.Step(179).Text("outcome"), Is.EqualTo("done"));
        Assert.That(e.Step(203).GetProperty("request").Ends(), Is.EqualTo("1 x exit 6"));
        AssertClaim(e, 206, "answered", "does-not-hold", 203);
    }

    [Test]
    public void Exercise4_PolicyIsRefusedWhole_TheTestFailsForAnotherReason()
    {
        JsonElement e = Of("4");
        Assert.That(e.Step(213).Text("outcome"), Is.EqualTo("done"));
        Assert.That(e.Step(224).Text("outcome"), Is.EqualTo("done"));
        Assert.That(e.Step(236).Text("outcome"), Is.EqualTo("refused"));
        Assert.That(e.Step(236).Findings().Select(static f => f[..12]),
            Is.EqualTo(new[] { "IST0106 252:", "IST0106 252:" }));
        Assert.That(e.Step(257).GetProperty("request").Ends(), Is.EqualTo("1 x exit 2"), "curl has no --timeout");
        AssertClaim(e, 258, "denied", "does-not-hold", 257);
        Assert.That(e.Claim(258).Text("why"), Does.EndWith("so nothing denied it"));
        AssertClaim(e, 261, "enforced", "does-not-hold", 237);
    }

    [Test]
    public void Exercise5_RuleIsRefused_HeaderEuEndsIn503()
    {
        JsonElement e = Of("5");
        Assert.That(e.Step(267).Text("outcome"), Is.EqualTo("refused"));
        Assert.That(e.Step(267).Findings().Where(static f => f.StartsWith("MS0103", StringComparison.Ordinal)),
            Is.EqualTo(new[]
        {
            "MS0103 286: unknown field \"spec.portLevelSettings\"",
            "MS0103 279: unknown field \"spec.trafficPolicy.localityLbSetting\"",
        }));
        Assert.That(e.Step(295).Text("outcome"), Is.EqualTo("done"));
        Assert.That(e.Step(325).GetProperty("request").Ends(), Is.EqualTo("1 x exit 6"));
        Assert.That(e.Trial(304).Ends(), Is.EqualTo("100 x 200 us-east"));
        Assert.That(e.Trial(311).Ends(), Is.EqualTo("100 x 503 UH"));
        Assert.That(e.Trial(318).Ends(), Is.EqualTo("100 x 200 us-east"));
        AssertClaim(e, 318, "local", "holds", 318);
        AssertClaim(e, 328, "none", "not-judged", 0);
    }

    [Test]
    public void Exercise6_RuleIsRefused_NothingFailsOver()
    {
        JsonElement e = Of("6");
        Assert.That(e.Step(334).Text("outcome"), Is.EqualTo("refused"));
        Assert.That(e.Step(334).Findings(), Has.Some.EqualTo(
            "MS0103 347: unknown field \"spec.trafficPolicy.localityLbSetting\""));
        Assert.That(e.Step(358).GetProperty("request").Ends(), Is.EqualTo("1 x exit 6"));
        AssertClaim(e, 346, "failover", "does-not-hold", 335);
        AssertClaim(e, 359, "served-by", "does-not-hold", 358);
        AssertClaim(e, 362, "failover", "does-not-hold", 358);
    }

    [Test]
    public void Exercise7_NobodyReadsTheConfiguration_WhatIsNotFetchedIsTold()
    {
        JsonElement e = Of("7");
        Assert.That(e.Findings(), Has.Some.StartsWith("MS0708 369: "));
        Assert.That(e.Step(403).Text("outcome"), Is.EqualTo("not-carried-out"));
        Assert.That(e.Step(403).Findings().Single(), Does.EndWith("kiali.yaml is not fetched"));
        Assert.That(e.Step(406).Text("outcome"), Is.EqualTo("not-carried-out"));
        AssertClaim(e, 409, "none", "not-judged", 0);
    }

    [Test]
    public void Exercise8_OlderRuleOverrules_Alone_EverybodyGets503()
    {
        JsonElement e = Of("8");
        foreach (int line in (int[])[427, 435, 443])
        {
            Assert.That(e.Trial(line).Ends(), Is.EqualTo("100 x 200 us-east"));
            Assert.That(e.Trial(line).Text("overruled_by"), Is.EqualTo("VirtualService default/global-routing"));
        }

        Assert.That(e.Findings().Count(static f => f.StartsWith("IST0109", StringComparison.Ordinal)), Is.EqualTo(2));
        Assert.That(e.Findings().Count(static f => f.StartsWith("IST0101", StringComparison.Ordinal)), Is.EqualTo(4));
        AssertClaim(e, 426, "version", "does-not-hold", 318);
        AssertClaim(e, 434, "version", "does-not-hold", 318);

        JsonElement alone = LabRuns.Json(new LabRequest(LabRuns.Multi) { IsAlone = true, Exercises = ["8", "11"] });
        foreach (JsonElement trial in alone.GetProperty("exercises").EnumerateArray()
                     .SelectMany(static x => x.GetProperty("trials").EnumerateArray()))
        {
            Assert.That(trial.Ends(), Is.EqualTo("100 x 503 NC"));
        }

        AssertClaim(alone.Exercise("11"), 676, "version", "does-not-hold", 677);
    }

    [Test]
    public void Exercise9_ZonesEnforceNothing_ThirdPolicyIsRefused()
    {
        JsonElement e = Of("9");
        Assert.That(e.Step(469).Text("outcome"), Is.EqualTo("done"));
        Assert.That(e.Step(469).Findings().Single(), Does.StartWith("IST0133 476: "));
        Assert.That(e.Step(502).Text("outcome"), Is.EqualTo("refused"));
        Assert.That(e.Step(502).Findings().Select(static f => f[..12]),
            Is.EqualTo(new[] { "IST0106 515:", "IST0106 515:" }));
        Assert.That(e.GetProperty("resources").EnumerateArray().Where(static r => r.GetProperty("stored").GetBoolean())
            .Select(static r => r.Text("effect")),
            Is.All.EqualTo("selects 0 pods, 0 with a sidecar: it enforces nothing").And.Exactly(2).Items);
        Assert.That(e.Findings().Count(static f => f.StartsWith("IST0127", StringComparison.Ordinal)), Is.EqualTo(2));
        AssertClaim(e, 520, "enforced", "does-not-hold", 470);
    }

    [Test]
    public void Exercise10_NobodyReadsTheRules() =>
        Assert.That(Of("10").Findings(), Has.Some.StartsWith("MS0708 527: "));

    [Test]
    public void Exercise11_HasNoEffectAfterExercise5()
    {
        JsonElement e = Of("11");
        Assert.That(e.Trial(677).Text("overruled_by"), Is.EqualTo("VirtualService default/global-routing"));
        Assert.That(e.Findings().Count(static f => f.StartsWith("IST0109", StringComparison.Ordinal)), Is.EqualTo(3));
        AssertClaim(e, 676, "version", "does-not-hold", 318);
    }

    [Test]
    public void Exercise12_IsAccepted_ItsNameDoesNotResolve()
    {
        JsonElement e = Of("12");
        Assert.That(e.Step(693).Text("outcome"), Is.EqualTo("done"));
        Assert.That(e.Trial(700).Ends(), Is.EqualTo("1 x exit 6"));
    }

    [Test]
    public void Demo_ClaimsSuccessAndDenialOfOneRequest_NeitherHolds()
    {
        JsonElement e = Of("demo-script-for-enterprise-leadership");
        AssertClaim(e, 593, "answered", "does-not-hold", 592);
        AssertClaim(e, 598, "same", "holds", 596);
        AssertClaim(e, 602, "denied", "does-not-hold", 601);
        AssertClaim(e, 607, "served-by", "does-not-hold", 606);
    }

    [Test]
    public void Intended_WhatTheLabMeans_HoldsButForTheBackupItForgot()
    {
        JsonElement lab = LabRuns.Intended;
        Assert.That(lab.Exercise("1").Step(105).Text("outcome"), Is.EqualTo("done"));
        Assert.That(lab.Exercise("3").Step(203).GetProperty("request").Ends(), Is.EqualTo("1 x 200 eu-west"));
        JsonElement four = lab.Exercise("4");
        Assert.That(four.Step(257).GetProperty("request").Ends(), Is.EqualTo("1 x 403 eu-west"));
        AssertClaim(four, 258, "denied", "holds", 251);
        AssertClaim(four, 261, "enforced", "holds", 214);
        JsonElement five = lab.Exercise("5");
        Assert.That(five.Trial(304).Ends(), Is.EqualTo("100 x 200 us-east"));
        Assert.That(five.Trial(311).Ends(), Is.EqualTo("100 x 403 eu-west"));
        Assert.That(five.Trial(318).Ends(), Is.EqualTo("100 x 200 us-east"));
        Assert.That(lab.Exercise("6").Step(334).Text("outcome"), Is.EqualTo("done"));
        Assert.That(lab.Exercise("6").Step(358).GetProperty("request").Ends(), Is.EqualTo("1 x 503 UH"),
            "no copy in eu-west");
        Assert.That(lab.Exercise("9").Step(502).Text("outcome"), Is.EqualTo("done"));
    }

    [Test]
    public void Json_MeetsItsSchema_AndSaysTheSameTwice()
    {
        string schema = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", "schema", "lab.schema.json"));
        JsonElement rules = JsonDocument.Parse(schema).RootElement;
        Assert.That(JsonSchemaCheck.Errors(rules, LabRuns.Written), Is.Empty);
        Assert.That(JsonSchemaCheck.Errors(rules, LabRuns.Second), Is.Empty);
        JsonElement again = LabRuns.Json(new LabRequest(LabRuns.Multi) { Exercises = ["8"] });
        Assert.That(again.Exercise("8").GetRawText(), Is.EqualTo(Of("8").GetRawText()));
    }

    [Test]
    public void Places_OfEveryFinding_AreLinesOfTheLab()
    {
        int last = File.ReadAllLines(LabRuns.Multi).Length;
        IEnumerable<JsonElement> findings =
            LabRuns.Written.GetProperty("exercises").EnumerateArray().SelectMany(static e =>
            e.GetProperty("steps").EnumerateArray().SelectMany(static s => s.GetProperty("findings").EnumerateArray())
                .Concat(e.GetProperty("findings").EnumerateArray()));
        string lab = LabRuns.Multi.Replace('\\', '/');
        Assert.That(findings.Where(f =>
            f.Text("file") != lab || f.GetProperty("line").GetInt32() is var n && (n < 1 || n > last))
            .Select(static f => f.GetRawText()), Is.Empty);
    }

    [Test]
    public void Page_HasEveryExerciseAndNoNetwork()
    {
        LabReport report = LabRunner.Run(new LabRequest(LabRuns.Multi) { Exercises = ["4", "6"] }, null, default);
        string folder = Directory.CreateTempSubdirectory("lab").FullName;
        Assert.That(LabFiles.Write(report, folder), Is.EqualTo(new[] { "lab.json", "lab.html", "claims.csv" }));
        string page = File.ReadAllText(Path.Combine(folder, "lab.html"));
        Assert.That(page, Does.Contain("id=\"x-4\"").And.Contain("id=\"x-6\"").And.Contain("does not hold")
            .And.Not.Contain("src=\"http").And.Not.Contain("<script"));
        Assert.That(File.ReadAllLines(Path.Combine(folder, "claims.csv")), Has.Length.EqualTo(6));
        Directory.Delete(folder, true);
    }

    private static void AssertClaim(JsonElement exercise, int line, string kind, string verdict, int deciding)
    {
        JsonElement claim = exercise.Claim(line);
        Assert.That((claim.Text("kind"), claim.Text("verdict"), claim.GetProperty("deciding_line").GetInt32()),
            Is.EqualTo((kind, verdict, deciding)), claim.GetRawText());
    }
}
