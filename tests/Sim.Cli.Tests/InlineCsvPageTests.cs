using System.Text.Json;
using Microsoft.Playwright;

namespace Sim.Cli.Tests;

/// <summary>Every figure of every page has its numbers as CSV in the page, one click away.</summary>
[TestFixture]
internal sealed class InlineCsvPageTests : PageFixture
{
    /// <summary>Pages: runs, and what other commands write.</summary>
    private static readonly string[] Pages =
        ["failed", "held", "empty", "hostile", "sweep", "year", "matrix", "lab4", "lab10", "compare"];

    [TestCaseSource(nameof(Pages))]
    public async Task EveryFigure_HasItsCsv(string kind)
    {
        await using IBrowserContext context = await Open(isDark: false, 1440);
        IPage page = await OpenPage(context, kind);
        Assert.That(await page.EvaluateAsync<string[]>(FiguresWithout), Is.Empty);
        Assert.That(await page.EvaluateAsync<string[]>(WrongCsv), Is.Empty);
        int figures = await page.Locator("svg.chart, table, .meter").CountAsync();
        Assert.That(figures, kind == "empty" ? Is.Zero : Is.Positive);
    }

    [Test]
    public async Task Csv_IsOpenedAndSavedByKeyboardWithoutANetwork()
    {
        await using IBrowserContext context = await Open(isDark: false, 1440);
        IPage page = await OpenPage(context, "failed");
        await context.SetOfflineAsync(true);
        await page.Locator("#uptime").Locator("xpath=ancestor::div[contains(@class,'fig')]")
            .Locator("details.csv > summary").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Tab");
        IDownload saved = await page.RunAndWaitForDownloadAsync(() => page.Keyboard.PressAsync("Enter"));
        Assert.That(saved.SuggestedFilename, Is.EqualTo("uptime.csv"));
        await page.Keyboard.PressAsync("Tab");
        string shown = await page.EvaluateAsync<string>("document.activeElement.value");
        string path = await saved.PathAsync();
        Assert.That(await File.ReadAllTextAsync(path), Is.EqualTo(shown));
        Assert.That(shown, Does.StartWith("service,client_region,from_s,to_s,requests,good\n"));
    }

    [Test]
    public async Task HeatMaps_ShowTheMeansOfTheirCsv()
    {
        await using IBrowserContext context = await Open(isDark: false, 1440);
        IPage page = await OpenPage(context, "sweep");
        int seen = 0;
        foreach ((string[] columns, List<string[]> rows, string[] cells)
            in (await Tables(page, "section:has(td.heat)")).Where(static m => m.Columns[^1] == "mean"))
        {
            Assert.That(cells, Has.Length.EqualTo(rows.Count), string.Join(",", columns));
            for (int i = 0; i < cells.Length; i++)
            {
                double factor = rows[i][^2] == "share" ? 100 : 1;
                Assert.That(cells[i] == "-" ? "" : cells[i], rows[i][^1].Length == 0 ? Is.Empty : Is.Not.Empty);
                if (rows[i][^1].Length > 0)
                {
                    Assert.That(Number(cells[i]), Is.EqualTo(Number(rows[i][^1]) * factor).Within(0.5).Percent);
                    seen++;
                }
            }
        }

        Assert.That(seen, Is.AtLeast(8));
    }

    [Test]
    public async Task YearCalendar_DrawsTheLossesOfItsCsv()
    {
        await using IBrowserContext context = await Open(isDark: false, 1440);
        IPage page = await OpenPage(context, "year");
        string[] bars = await page.EvaluateAsync<string[]>(
            "[...document.querySelectorAll('.years rect.abad title')].map(t => t.textContent)");
        (_, List<string[]> rows, _) = (await Tables(page, "section:has(.years)")).Single();
        string[] told = [.. rows.Where(static r => Number(r[2]) > 0).Select(static r => r[1])];
        Assert.That(bars, Is.Not.Empty);
        Assert.That(bars.Select(static b => b.Split(':')[0]["day ".Length..]), Is.EqualTo(told));
        for (int i = 0; i < bars.Length; i++)
        {
            string[] row = rows.Where(static r => Number(r[2]) > 0).ElementAt(i);
            Assert.That(Number(bars[i].Split(": ")[1]), Is.EqualTo(Number(row[2])).Within(0.1).Percent.Or
                .EqualTo(Number(row[2])).Within(0.01));
            Assert.That(bars[i], Does.EndWith(row[3]));
        }
    }

    /// <summary>The first CSV of each section that a selector names, and the texts of its shaded cells.</summary>
    private static async Task<List<(string[] Columns, List<string[]> Rows, string[] Cells)>> Tables(
        IPage page, string selector)
    {
        List<(string[], List<string[]>, string[])> tables = [];
        JsonElement all = await page.EvaluateAsync<JsonElement>(
            "s => [...document.querySelectorAll(s)].map(e => [e.querySelector('details.csv textarea').value, "
            + "...[...e.querySelectorAll('tbody td')].map(t => t.textContent)])", selector);
        foreach (JsonElement one in all.EnumerateArray())
        {
            string[] texts = [.. one.EnumerateArray().Select(static t => t.GetString()!)];
            string[][] lines = [.. texts[0].TrimEnd('\n').Split('\n').Select(static l => l.Split(','))];
            tables.Add((lines[0], [.. lines.Skip(1)], texts[1..]));
        }

        return tables;
    }

    /// <summary>The number that a text begins with.</summary>
    private static double Number(string text) => double.Parse(
        string.Concat(text.Replace(",", "", StringComparison.Ordinal)
            .TakeWhile(static c => char.IsAsciiDigit(c) || c is '.' or '-' or 'E')),
        System.Globalization.CultureInfo.InvariantCulture);

    private async Task<IPage> OpenPage(IBrowserContext context, string kind)
    {
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(Path(kind)).AbsoluteUri);
        return page;
    }

    private string Path(string kind) =>
        kind is "failed" or "held" or "empty" or "hostile" ? WriteRun(kind) : OtherPage(kind);

    /// <summary>Charts, tables and meters without a CSV beside them.</summary>
    private const string FiguresWithout = """
        (() => {
          const wrong = [];
          for (const e of document.querySelectorAll('svg[role=img], table, .meter, .heat')) {
            const box = e.closest('.fig, .data');
            if (!box || ![...box.children].some(c => c.matches('details.csv')))
              wrong.push(e.outerHTML.slice(0, 120));
          }
          return wrong;
        })()
        """;

    /// <summary>CSVs whose link is not their text, that are not a table, or that share a file name.</summary>
    private const string WrongCsv = """
        (() => {
          const wrong = [], names = new Set();
          for (const e of document.querySelectorAll('details.csv')) {
            const link = e.querySelector('a[download]'), text = e.querySelector('textarea').value;
            const mark = 'data:text/csv;charset=utf-8,', href = link.getAttribute('href');
            if (!href.startsWith(mark) || decodeURIComponent(href.slice(mark.length)) !== text)
              wrong.push('link: ' + link.download);
            if (!/^[a-z0-9-]+\.csv$/.test(link.download)) wrong.push('name: ' + link.download);
            if (names.has(link.download)) wrong.push('twice: ' + link.download);
            names.add(link.download);
            const rows = []; let cells = 1, quoted = false;
            for (const c of text) {
              if (c === '"') quoted = !quoted;
              else if (c === ',' && !quoted) cells++;
              else if (c === '\n' && !quoted) { rows.push(cells); cells = 1; }
            }
            if (rows.length < 1 || rows.some(r => r !== rows[0])) wrong.push('shape: ' + link.download);
            if (!text.endsWith('\n')) wrong.push('end: ' + link.download);
          }
          return wrong;
        })()
        """;
}
