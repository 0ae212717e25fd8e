using Sim.Core;
using Sim.Experiments;
using Sim.Reports.Sweeps;

namespace Sim.Tests.Experiments;

/// <summary>The journal on the disk: nothing lost, nothing twice, nothing of another sweep.</summary>
internal sealed class RunsJournalTests
{
    private TinyScenario _tiny = null!;
    private SweepPlan _plan = null!;
    private SweepResult _result = null!;
    private string _file = "";

    [OneTimeSetUp]
    public void Run()
    {
        _tiny = new TinyScenario("  sweep: {variants: [base], measure: [errors, 'p50{service=\"x,y\"}']}");
        _plan = _tiny.Plan();
        _result = SweepRunner.Run(_plan, new MemoryJournal(), SweepShard.All, 1, null, default);
    }

    [OneTimeTearDown]
    public void Remove() => _tiny.Dispose();

    [SetUp]
    public void NewFile()
    {
        _file = Path.Combine(_tiny.Folder, "runs.csv");
        File.Delete(_file);
    }

    [Test]
    public void Open_AfterEveryPossibleCut_KeepsEveryWholeRow()
    {
        using (RunsJournal journal = Open()!)
        {
            foreach (SweepRow row in _result.Rows.Reverse())
            {
                journal.Append(row);
            }
        }

        byte[] whole = File.ReadAllBytes(_file);
        for (int length = 0; length <= whole.Length; length += 7)
        {
            File.WriteAllBytes(_file, whole[..length]);
            int lines = whole[..length].Count(static b => b == '\n');
            using (RunsJournal journal = Open()!)
            {
                Assert.That(journal.Rows, Has.Count.EqualTo(Math.Max(0, lines - 1)), $"cut at {length}");
                foreach (SweepRow row in _result.Rows.Where(r => !journal.Rows.Any(k => k.IsSameAs(r))).ToList())
                {
                    journal.Append(row);
                }
            }

            using RunsJournal again = Open()!;
            Assert.That(again.Rows.Zip(_result.Rows, static (a, b) => a.IsSameAs(b)), Is.All.True);
            Assert.That(again.Rows, Has.Count.EqualTo(_result.Rows.Count));
        }
    }

    [Test]
    public void Open_RowsOfAnotherSweep_AreRefused()
    {
        using (RunsJournal journal = Open()!)
        {
            journal.Append(_result.Rows[0]);
        }

        var bag = new DiagnosticBag();
        Assert.That(RunsJournal.Open(_file, _tiny.Plan(null, "seed=8"), bag), Is.Null);
        Assert.That(bag.Items.Single().Code, Is.EqualTo("MS0604"));
        Assert.That(bag.Items.Single().Message, Does.Contain("another sweep"));
        bag = new DiagnosticBag();
        Assert.That(RunsJournal.Read(_file, _tiny.Plan(null, "sweep.measure=[errors]"), bag), Is.Null);
        Assert.That(bag.Items.Single().Message, Does.Contain("columns"));
    }

    [TestCase("held", "hold")]
    [TestCase("\n0,", "\n1,")]
    [TestCase(",7,held", ",8,held")]
    public void Open_AChangedRow_IsRefused(string old, string changed)
    {
        SweepFiles.Write(_result, _tiny.Folder, isShard: true);
        string text = File.ReadAllText(_file);
        Assert.That(text, Does.Contain(old));
        File.WriteAllText(_file, text.Replace(old, changed, StringComparison.Ordinal));
        var bag = new DiagnosticBag();
        Assert.That(RunsJournal.Open(_file, _plan, bag), Is.Null);
        Assert.That(bag.Items.Single().Code, Is.EqualTo("MS0604"));
    }

    [Test]
    public void Once_SameRunTwice_IsOneRowOrAnError()
    {
        SweepRow row = _result.Rows[1];
        Assert.That(RunsJournal.Once(_plan, [row, row]), Has.Count.EqualTo(1));
        Assert.That(() => RunsJournal.Once(_plan, [row, row with { ResultsFingerprint = "0" }]),
            Throws.InstanceOf<FormatException>());
    }

    [Test]
    public void Open_WhileAnotherHasIt_Fails()
    {
        using RunsJournal journal = Open()!;
        Assert.That(() => RunsJournal.Open(_file, _plan, new DiagnosticBag()), Throws.InstanceOf<IOException>());
    }

    private RunsJournal? Open()
    {
        var bag = new DiagnosticBag();
        RunsJournal? journal = RunsJournal.Open(_file, _plan, bag);
        Assert.That(bag.Items, Is.Empty);
        return journal;
    }
}
