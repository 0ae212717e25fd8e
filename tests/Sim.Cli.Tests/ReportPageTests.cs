using Microsoft.Playwright;

namespace Sim.Cli.Tests;

/// <summary>Opens report.html in a real browser, in both colour schemes.</summary>
[TestFixture]
internal sealed class ReportPageTests : PageFixture
{
    private static readonly string[] Runs = ["failed", "held", "empty", "hostile"];

    [Test]
    public async Task Page_HasNoErrorsNoRequestsAndNoOverflow(
        [ValueSource(nameof(Runs))] string run, [Values] bool isDark)
    {
        List<string> errors = [];
        List<string> requests = [];
        string file = WriteRun(run);
        await using IBrowserContext context = await Open(isDark, 1440);
        IPage page = await context.NewPageAsync();
        page.Console += (_, message) => errors.Add(message.Type + ": " + message.Text);
        page.PageError += (_, message) => errors.Add(message);
        page.Request += (_, request) => requests.Add(request.Url);
        await page.GotoAsync(new Uri(file).AbsoluteUri);
        foreach (int width in (int[])[320, 360, 768, 1440])
        {
            await page.SetViewportSizeAsync(width, 900);
            int overflow = await page.EvaluateAsync<int>(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth");
            Assert.That(overflow, Is.Zero, $"{run} at {width} px");
            Assert.That(await page.EvaluateAsync<string[]>(ClippedTexts), Is.Empty, $"{run} at {width} px");
        }

        Assert.That(errors, Is.Empty);
        Assert.That(requests, Is.EqualTo(new[] { new Uri(file).AbsoluteUri }));
    }

    [Test]
    public async Task Page_FollowsTheColourScheme()
    {
        string light = await Background(isDark: false);
        string dark = await Background(isDark: true);
        Assert.That(light, Is.EqualTo("rgb(252, 252, 251)"));
        Assert.That(dark, Is.EqualTo("rgb(16, 19, 22)"));
    }

    [Test]
    public async Task Tables_AreReachedAndOpenedByKeyboard()
    {
        await using IBrowserContext context = await Open(isDark: false, 1440);
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(WriteRun("failed")).AbsoluteUri);
        int charts = await page.Locator(".fig:not(:has(svg.graph))").CountAsync(); // Graphs share one table.
        HashSet<string> opened = [];
        for (int i = 0; i < 200; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            string? summary = await page.EvaluateAsync<string?>(
                "document.activeElement.tagName === 'SUMMARY' ? document.activeElement.textContent : null");
            if (summary is not null && opened.Add(summary))
            {
                await page.Keyboard.PressAsync("Enter");
            }
        }

        Assert.That(charts, Is.GreaterThanOrEqualTo(6));
        Assert.That(opened, Has.Count.GreaterThanOrEqualTo(charts));
        Assert.That(await page.Locator(".fig details[open] table").CountAsync(), Is.EqualTo(charts));
        Assert.That(opened, Does.Contain("Who served whom (5 rows)"));
    }

    [Test]
    public async Task Graph_HasEveryPhaseAndIsScrolledByKeyboard(
        [Values("failed", "hostile")] string run, [Values(320, 1440)] int width)
    {
        await using IBrowserContext context = await Open(isDark: false, width);
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(WriteRun(run)).AbsoluteUri);
        Assert.That(await page.Locator("svg.graph").CountAsync(), Is.EqualTo(2));
        Assert.That(await page.Locator("#graph-during text.rate").CountAsync(), Is.GreaterThanOrEqualTo(5));
        ILocator box = page.Locator(".scroll.wide:has(#graph-during)");
        Assert.That(await box.GetAttributeAsync("aria-label"), Does.StartWith("Calls during"));
        for (int i = 0; i < 200 && !await HasFocus(box); i++)
        {
            await page.Keyboard.PressAsync("Tab");
        }

        Assert.That(await HasFocus(box));
        if (width == 320)
        {
            await page.Keyboard.PressAsync("ArrowRight");
            await page.WaitForFunctionAsync(
                "document.querySelector('.scroll.wide:has(#graph-during)').scrollLeft > 0");
        }

        static Task<bool> HasFocus(ILocator l) => l.EvaluateAsync<bool>("e => document.activeElement === e");
    }

    [Test]
    public async Task Text_HasEnoughContrast([Values] bool isDark)
    {
        await using IBrowserContext context = await Open(isDark, 1440);
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(WriteRun("failed")).AbsoluteUri);
        Assert.That(await page.EvaluateAsync<string[]>(LowContrast), Is.Empty);
    }

    [Test]
    public async Task Page_PrintsOnA4InBlackOnWhite()
    {
        await using IBrowserContext context = await Open(isDark: true, 1440);
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(WriteRun("failed")).AbsoluteUri);
        byte[] pdf = await page.PdfAsync(new PagePdfOptions { PreferCSSPageSize = true, PrintBackground = true });
        Assert.That(pdf, Has.Length.GreaterThan(20_000));
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Print });
        Assert.That(await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"),
            Is.EqualTo("rgb(255, 255, 255)"));
    }

    [Test]
    public async Task OtherPage_HasNoErrorsNoRequestsNoOverflowAndEnoughContrast(
        [Values("sweep", "year", "matrix", "lab4", "lab10", "compare", "compare9")] string kind, [Values] bool isDark)
    {
        List<string> errors = [];
        List<string> requests = [];
        string file = OtherPage(kind);
        await using IBrowserContext context = await Open(isDark, 1440);
        IPage page = await context.NewPageAsync();
        page.Console += (_, message) => errors.Add(message.Type + ": " + message.Text);
        page.PageError += (_, message) => errors.Add(message);
        page.Request += (_, request) => requests.Add(request.Url);
        await page.GotoAsync(new Uri(file).AbsoluteUri);
        foreach (int width in (int[])[320, 360, 768, 1440])
        {
            await page.SetViewportSizeAsync(width, 900);
            Assert.That(await page.EvaluateAsync<int>(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"), Is.Zero,
                $"{kind} at {width} px");
            if (kind != "year")
            {
                Assert.That(await page.EvaluateAsync<string[]>(ClippedTexts), Is.Empty, $"{kind} at {width} px");
            }
        }

        Assert.That(await page.EvaluateAsync<string[]>(LowContrast), Is.Empty);
        Assert.That(errors, Is.Empty);
        Assert.That(requests, Is.EqualTo(new[] { new Uri(file).AbsoluteUri }));
        byte[] pdf = await page.PdfAsync(new PagePdfOptions { PreferCSSPageSize = true, PrintBackground = true });
        Assert.That(pdf, Has.Length.GreaterThan(10_000));
    }

    /// <summary>The alerting rules of an exercise, each with its verdict and why.</summary>
    [Test]
    public async Task Lab_HasATableOfItsAlerts([Values(320, 1440)] int width)
    {
        await using IBrowserContext context = await Open(isDark: false, width);
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(OtherPage("lab10")).AbsoluteUri);
        ILocator table = page.Locator(".fig:has(h3:text-is(\"Alerting rules\"))");
        IReadOnlyList<string> alerts = await table.Locator("tbody tr td:nth-child(2)").AllInnerTextsAsync();
        Assert.That(alerts, Is.SupersetOf(AlertsOfTheLab));
        foreach (string column in (string[])["5", "6", "7"])
        {
            Assert.That(await table.Locator($"tbody tr td:nth-child({column})").AllInnerTextsAsync(),
                Has.None.Empty.And.Count.EqualTo(alerts.Count));
        }

        Assert.That(await table.Locator("a[download]").CountAsync(), Is.EqualTo(1));
        ILocator box = table.Locator(".scroll");
        await box.FocusAsync();
        Assert.That(await box.EvaluateAsync<bool>("e => document.activeElement === e"), Is.True);
    }

    /// <summary>Nine runs: no column is cut, none hides behind another, and names stay when the table is scrolled.
    /// </summary>
    [Test]
    public async Task Compare_OfNineRuns_ShowsEveryColumnAtOnceOnAWideScreen()
    {
        await using IBrowserContext context = await Open(isDark: false, 1280);
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(OtherPage("compare9")).AbsoluteUri);
        Assert.That(await page.Locator("table.grid thead tr").First.Locator("th").CountAsync(), Is.EqualTo(10));
        Assert.That(await page.EvaluateAsync<string[]>(HiddenColumns), Is.Empty);
        await page.SetViewportSizeAsync(360, 900);
        Assert.That(await page.EvaluateAsync<bool>("""
            (() => {
              const box = document.querySelector('.scroll:has(.grid)');
              box.scrollLeft = box.scrollWidth;
              const edge = box.getBoundingClientRect().left;
              return box.scrollLeft > 0 && [...box.querySelectorAll('th[scope=row]')]
                .every(t => Math.abs(t.getBoundingClientRect().left - edge) < 2);
            })()
            """), Is.True);
    }

    /// <summary>Lanes of alerts: what fires is plain, what waits is hatched, and the legend looks like its lanes.
    /// </summary>
    [Test]
    public async Task Alerts_HaveALegendThatLooksLikeTheirLanes()
    {
        await using IBrowserContext context = await Open(isDark: false, 1440);
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(WriteRun("alerts")).AbsoluteUri);
        ILocator figure = page.Locator(".fig:has(#alert-lanes)");
        ILocator legend = figure.Locator(".legend li");
        Assert.That(await legend.CountAsync(), Is.EqualTo(2));
        foreach ((string name, string style, int hatched) in ((string, string, int)[])
                 [("firing", "afire", 0), ("pending", "await", 1)])
        {
            ILocator entry = legend.Filter(new LocatorFilterOptions { HasText = name });
            Assert.That(await entry.Locator("rect." + style).CountAsync(), Is.EqualTo(1), name);
            Assert.That(await entry.Locator("rect.hwait").CountAsync(), Is.EqualTo(hatched), name);
            ILocator mark = figure.Locator($"#alert-lanes g.cell:has(rect.{style})");
            Assert.That(await mark.CountAsync(), Is.EqualTo(1), name);
            Assert.That(await mark.Locator("rect.hwait").CountAsync(), Is.EqualTo(hatched), name);
            Assert.That(await mark.Locator("title").TextContentAsync(), Does.StartWith(name));
        }
    }

    private static readonly string[] AlertsOfTheLab =
        ["EUDataResidencyViolation", "SecurityZoneViolation", "mTLSViolation"];

    /// <summary>Cells of a table of compared runs that are not to be seen without scrolling.</summary>
    private const string HiddenColumns = """
        (() => {
          const wrong = [];
          for (const box of document.querySelectorAll('.scroll:has(.grid)')) {
            const frame = box.getBoundingClientRect();
            for (const cell of box.querySelectorAll('th, td')) {
              const b = cell.getBoundingClientRect();
              if (b.right > frame.right + 1 || b.bottom > frame.bottom + 1 || cell.scrollWidth > cell.clientWidth + 1)
                wrong.push(cell.textContent);
            }
          }
          return wrong;
        })()
        """;

    /// <summary>Texts of charts that leave their figure (of graphs: their drawing), or that lie on another text of
    /// the same chart.</summary>
    private const string ClippedTexts = """
        (() => {
          const wrong = [];
          for (const chart of document.querySelectorAll('svg.chart')) {
            const wide = chart.classList.contains('graph'); // Drawn at its own width; its frame scrolls.
            const frame = (wide ? chart : chart.closest('.fig')).getBoundingClientRect();
            const boxes = [];
            for (const text of chart.querySelectorAll('text')) {
              if (getComputedStyle(text).display === 'none') continue;
              const b = text.getBoundingClientRect();
              if (b.left < frame.left - 0.5 || b.right > frame.right + 0.5) wrong.push('out: ' + text.textContent);
              for (const o of boxes)
                if (b.left < o.right - 1 && o.left < b.right - 1 && b.top < o.bottom - 2 && o.top < b.bottom - 2)
                  wrong.push('on: ' + text.textContent);
              boxes.push(b);
            }
          }
          return wrong;
        })()
        """;

    private async Task<string> Background(bool isDark)
    {
        await using IBrowserContext context = await Open(isDark, 1440);
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(WriteRun("held")).AbsoluteUri);
        return await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
    }
}
