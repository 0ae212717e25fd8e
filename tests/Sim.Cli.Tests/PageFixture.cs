using Microsoft.Playwright;
using Sim.Core;
using Sim.Reports.Comparing;
using Sim.Runs;
using Sim.Runs.Observing;
using Sim.Tests.Experiments;
using Sim.Tests.Reports;

namespace Sim.Cli.Tests;

/// <summary>A browser and every kind of page.</summary>
internal abstract class PageFixture
{
    private static readonly string[] Browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];

    private string _folder = "";
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    [OneTimeSetUp]
    public async Task OpenBrowser()
    {
        string? path = Browsers.FirstOrDefault(File.Exists);
        if (path is null)
        {
            Assert.Ignore("no chromium at " + string.Join(" or ", Browsers) + "; .ci/run installs it");
        }

        _folder = Directory.CreateTempSubdirectory("meshsim-").FullName;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = path,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    [OneTimeTearDown]
    public async Task CloseBrowser()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        if (_folder.Length > 0)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>Elements with text of their own whose contrast with what is behind them is below 4.5 to 1.</summary>
    protected const string LowContrast = """
        (() => {
          const rgb = s => { const n = (s.match(/[\d.]+/g) || []).map(Number);
            return s.startsWith('color') ? [n[0] * 255, n[1] * 255, n[2] * 255, n[3]] : n; };
          const light = c => { const f = c.slice(0, 3).map(v => (v /= 255) <= 0.03928 ? v / 12.92
            : Math.pow((v + 0.055) / 1.055, 2.4)); return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
          const behind = e => { const layers = [];
            for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
              if (c.length > 2) layers.push([c, c[3] === undefined ? 1 : c[3]]); if (layers.at(-1)?.[1] >= 1) break; }
            return layers.reverse().reduce((b, [c, a]) => b.map((v, i) => v * (1 - a) + c[i] * a), [255, 255, 255]); };
          const wrong = [];
          for (const e of document.querySelectorAll('body *')) {
            if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
            if (e.closest('title,desc,style')) continue;
            const style = getComputedStyle(e);
            const a = light(rgb(e.closest('svg') ? style.fill : style.color)), b = light(behind(e));
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < 4.5) wrong.push(ratio.toFixed(2) + ': ' + e.textContent.slice(0, 40));
          }
          return [...new Set(wrong)];
        })()
        """;

    /// <summary>A page that a command writes; made once.</summary>
    protected string OtherPage(string kind)
    {
        string folder = Path.Combine(_folder, kind);
        string file = Path.Combine(folder, kind + ".html");
        (string command, string exercise) = kind.StartsWith("lab", StringComparison.Ordinal)
            ? ("lab", kind["lab".Length..]) : (kind, "");
        file = command == "lab" ? Path.Combine(folder, "lab.html") : file;
        if (kind.StartsWith("compare", StringComparison.Ordinal) && !File.Exists(file))
        {
            CompareFiles.Write(ComparedRun.Of(kind == "compare"
                ? [(SampleRun.Failed, "a"), (Brownless(), "b"), (Hostile(), "c"), (SampleRun.Empty, "d")]
                : [.. Enumerable.Range(0, 9).Select(static i => (Brownless($"brown-out-{i}-retry-5xx"), "r" + i))]),
                folder);
            File.Move(Path.Combine(folder, "compare.html"), file, overwrite: true);
        }

        if (!File.Exists(file))
        {
            using var tiny = kind == "year" ? new TinyScenario(ReportAgainTests.Incidents) : new TinyScenario();
            string root = Sim.Tests.RepositoryPaths.Root;
            Cli cli = new();
            cli.Run(command switch
            {
                "matrix" => [kind, Path.Combine(root, "scenarios", "authz-truth-table"), "--out", folder],
                "lab" => [command, Path.Combine(root, "labs", "multi-cluster.md"), "--exercise", exercise,
                    "--out", folder],
                _ => [kind, tiny.Folder, "--out", folder, "--quiet"],
            });
            Assert.That(file, Does.Exist, cli.Error);
        }

        return file;
    }

    protected Task<IBrowserContext> Open(bool isDark, int width) => _browser!.NewContextAsync(
        new BrowserNewContextOptions
        {
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
        });

    protected string WriteRun(string name)
    {
        RunResult run = name switch
        {
            "failed" => SampleRun.Failed,
            "held" => SampleRun.Held,
            "alerts" => Watched(),
            "empty" => SampleRun.Empty,
            _ => Hostile(),
        };
        string file = Path.Combine(_folder, name + ".html");
        using StreamWriter writer = new(file);
        Sim.Reports.Html.ReportPage.Write(run, writer);
        return file;
    }

    /// <summary>An alert that waits, and then fires.</summary>
    private static RunResult Watched() => SampleRun.Failed with
    {
        Observation = new Observation([],
            [
                new("us-east", "Down", "pending", [], 300 * SimDuration.Second, 330 * SimDuration.Second, 1, "down"),
                new("us-east", "Down", "firing", [], 330 * SimDuration.Second, 600 * SimDuration.Second, 1, "down"),
            ],
            [new("us-east", "Down", 80, 18, 330 * SimDuration.Second, 15 * SimDuration.Second, default)]),
    };

    /// <summary>Another variant: other seed, half the ejections, half the time.</summary>
    private static RunResult Brownless(string variant = "repaired") => SampleRun.Held with
    {
        Stamp = SampleRun.Held.Stamp with { Variant = variant, Seed = 43 },
        DurationNs = SampleRun.Held.DurationNs / 2,
        Ejections = [.. SampleRun.Held.Ejections.Take(4)],
    };

    /// <summary>Names that are long, or that would be markup if they were not escaped.</summary>
    private static RunResult Hostile()
    {
        const string Markup = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&";
        string lengthy = new('w', 300);
        RunResult run = SampleRun.Failed;
        return run with
        {
            Description = Markup + lengthy,
            Stamp = run.Stamp with { Scenario = Markup, Variant = lengthy, Directory = lengthy },
            Faults = [.. Enumerable.Range(0, 12).Select(i => new FaultBand(
                i % 2 == 0 ? Markup : lengthy, "errors", i * run.DurationNs / 12, (i + 3) * run.DurationNs / 12))],
            Judgements = [.. run.Judgements.Select(j => j with { Text = Markup + lengthy, Measured = lengthy })],
            Findings = [.. run.Findings.Select(f => f with { Message = lengthy + Markup })],
            Uptime = [.. run.Uptime.Select(u => u with { Service = lengthy + Markup })],
            Matrix = run.Matrix! with
            {
                Cells = [.. run.Matrix!.Cells.Select(c => c with
                {
                    Target = c.Target with { Text = lengthy + Markup }, Expected = Markup,
                })],
                Drift = [.. run.Matrix.Drift.Select(d => d with { SaysA = lengthy, SaysB = Markup })],
            },
            Calls = run.Calls with
            {
                Edges = [.. Enumerable.Range(0, 45).Select(i => run.Calls.Edges[i % 5] with
                {
                    From = new GraphEnd(Markup + lengthy, $"c{i % 5}", Markup, "eu"),
                    Service = lengthy,
                    To = i % 4 == 0 ? new GraphEnd("", "", "", "")
                        : new GraphEnd(lengthy + Markup, $"c{i % 17}", lengthy, "us"),
                    Counts = [new(1_234_567_890, 777), new(1, 1)],
                })],
            },
            Ejections = [.. run.Ejections.Select(e => e with { Client = lengthy, HostPod = Markup })],
            Series = [.. run.Series.Select(s => s with { Key = s.Key with { ServedCluster = lengthy } })],
            Latency = [.. run.Latency.Select(l => l with { Traffic = Markup, MaxNs = l.MaxNs * 100_000 })],
        };
    }
}
