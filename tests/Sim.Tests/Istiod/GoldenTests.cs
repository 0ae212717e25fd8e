using Sim.Manifests;

namespace Sim.Tests.Istiod;

/// <summary>Small inputs with what each builder makes of them. <c>SIM_GOLDENS=1</c> writes the outputs anew.</summary>
[TestFixture]
internal sealed class GoldenTests
{
    private const string Input = ".in.yaml";

    private static bool IsWriting => Environment.GetEnvironmentVariable("SIM_GOLDENS") == "1";

    public static IEnumerable<TestCaseData> Cases() => Directory.GetDirectories(GoldenCase.Root)
        .Order(StringComparer.Ordinal)
        .SelectMany(static d => Directory.GetFiles(d, "*" + Input).Order(StringComparer.Ordinal))
        .Select(static f => new TestCaseData(f).SetName(
            "golden/" + Path.GetFileName(Path.GetDirectoryName(f)) + "/" + Path.GetFileName(f)[..^Input.Length]));

    [TestCaseSource(nameof(Cases))]
    public void Output_is_the_recorded_one(string file)
    {
        var c = GoldenCase.Read(file);
        string output = GoldenOutput.Of(c.Compile(), (YamlMapping)c.Header["show"]!);
        string expected = file[..^Input.Length] + ".out.json";
        if (IsWriting)
        {
            File.WriteAllText(expected, output);
        }

        Assert.That(output, Is.EqualTo(File.ReadAllText(expected).ReplaceLineEndings("\n")));
    }

    [Test]
    public void Every_builder_has_four_cases_or_more_and_no_output_is_left_over()
    {
        Assume.That(IsWriting, Is.False, "outputs are being written");
        foreach (string d in Directory.GetDirectories(GoldenCase.Root))
        {
            string[] inputs = [.. Directory.GetFiles(d, "*" + Input).Select(static f => f[..^Input.Length]).Order()];
            string[] outputs = [.. Directory.GetFiles(d, "*.out.json").Select(static f => f[..^9]).Order()];
            Assert.That(inputs, Has.Length.GreaterThanOrEqualTo(4), d);
            Assert.That(outputs, Is.EqualTo(inputs), d);
        }
    }
}
