using Sim.Tests.Reports;

namespace Sim.Cli.Tests;

[TestFixture]
internal sealed class TerminalTests
{
    private const char Escape = '\u001b';

    [TestCase(true, null, "auto", true)]
    [TestCase(true, "1", "auto", false)]
    [TestCase(true, "", "auto", true)]
    [TestCase(true, "1", "always", true)]
    [TestCase(true, null, "never", false)]
    [TestCase(false, null, "auto", false)]
    [TestCase(false, null, "always", true)]
    public void Color_FollowsOptionThenVariableThenTerminal(bool isTerminal, string? noColor, string option, bool isOn)
    {
        Cli cli = new() { Outcome = Cli.Of(SampleRun.Failed), IsTerminal = isTerminal };
        if (noColor is not null)
        {
            cli.Variables["NO_COLOR"] = noColor;
        }

        cli.Run("run", ".", "--color", option);
        Assert.That(cli.Out.Contains(Escape), Is.EqualTo(isOn));
    }

    [TestCase(true, "", true)]
    [TestCase(true, "dumb", false)]
    [TestCase(false, "", false)]
    public void Progress_IsForTerminalsOnly(bool isTerminal, string term, bool isOn)
    {
        Cli cli = new() { Outcome = Cli.Of(SampleRun.Held), IsTerminal = isTerminal };
        cli.Variables["TERM"] = term;
        cli.Run("run", ".");
        Assert.That(cli.Error.Contains('\r'), Is.EqualTo(isOn));
        Assert.That(cli.Error.Contains("42 %  8m24s simulated, 1,203,334 requests, 3 of 20 replications done"),
            Is.EqualTo(isOn));
        Assert.That(cli.Out, Does.Not.Contain("simulated, 1,203,334"));
    }

    [TestCase("", true)]
    [TestCase("en_GB.UTF-8", true)]
    [TestCase("C.utf8", true)]
    [TestCase("C", false)]
    [TestCase("de_DE.ISO-8859-1", false)]
    public void Uptime_FallsBackToAscii(string lang, bool isUnicode)
    {
        Cli cli = new() { Outcome = Cli.Of(SampleRun.Failed) };
        cli.Variables["LANG"] = lang;
        cli.Run("run", ".");
        Assert.That(cli.Out.Contains('█'), Is.EqualTo(isUnicode));
        if (!isUnicode)
        {
            Assert.That(cli.Out.All(char.IsAscii), cli.Out);
            Assert.That(cli.Out, Does.Match("transaction-service <- us-east +#+[o-]"));
        }
    }

    [Test]
    public void Summary_IsTheSameTwice()
    {
        Cli first = new() { Outcome = Cli.Of(SampleRun.Failed) };
        Cli second = new() { Outcome = Cli.Of(SampleRun.Failed) };
        first.Run("run", ".");
        second.Run("run", ".");
        Assert.That(second.Out, Is.EqualTo(first.Out));
    }

    [Test]
    public void Commands_ToCopy_DoNotWrap()
    {
        Cli cli = new() { Outcome = Cli.Of(SampleRun.Failed) };
        cli.Run("run", ".");
        string why = cli.Out.Split('\n').Single(static l => l.Contains("meshsim why", StringComparison.Ordinal));
        Assert.That(why, Does.EndWith("--seed 42"));
        Assert.That(why, Does.Contain("--set 'spec.traffic[0].rate=40/s'"));
    }
}
