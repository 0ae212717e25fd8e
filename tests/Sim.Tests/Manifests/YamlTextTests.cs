using Sim.Core;
using Sim.Manifests;

namespace Sim.Tests.Manifests;

/// <summary>Trees as YAML.</summary>
[TestFixture]
internal sealed class YamlTextTests
{
    [TestCase("a: 1\nb:\n  c: \"x: \\\"y\\\"\\n\\tz\"\n  d: true\n", "a: 1\nb: {c: \"x: \\\"y\\\"\\n\\tz\", d: true}")]
    [TestCase("groups:\n- name: a\n  rules:\n  - expr: \"sum(up)\\n  > 1\\n\"\n    labels: {}\n- []\n",
        "groups:\n- name: a\n  rules:\n  - expr: |\n      sum(up)\n        > 1\n    labels: {}\n- []\n")]
    [TestCase("-\n", "-\n")]
    [TestCase("- - 1\n  - 2\n- a: ~\n  \"on x\": \"1\"\n", "[[1, 2], {a: ~, 'on x': '1'}]")]
    public void Write_ATree_GivesATextThatReadsAsTheSame(string written, string yaml)
    {
        var bag = new DiagnosticBag();
        string text = YamlText.Write(YamlReader.Read(yaml, "a.yaml", bag)[0]);
        Assert.That(text.Replace("- \n", "-\n", StringComparison.Ordinal), Is.EqualTo(written));
        Assert.That(YamlText.Write(YamlReader.Read(text, "b.yaml", bag)[0]), Is.EqualTo(text));
        Assert.That(bag.Items, Is.Empty);
    }
}
