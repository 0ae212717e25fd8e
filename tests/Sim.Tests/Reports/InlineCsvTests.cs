using System.Globalization;
using System.Net;
using Sim.Reports.Figures;
using Sim.Reports.Html;
using Sim.Reports.Svg;
using Sim.Runs;
using Sim.Runs.Judging;
using Sim.Runs.Observing;

namespace Sim.Tests.Reports;

/// <summary>The CSV that stands in a page beside a chart has the numbers that the chart draws.</summary>
[TestFixture]
internal sealed class InlineCsvTests
{
    private const long Second = Sim.Core.SimDuration.Second;

    private static readonly RunResult Run = SampleRun.Failed with
    {
        Budgets =
        [
            new ErrorBudget("transactions, all", 0.999, 60 * Second, Second, 1e5, 40,
                [.. Enumerable.Range(0, 1140).Select(static i => 1 - i / 700.0)], []),
        ],
        Observation = new Observation([],
            [
                Alert("pending", 300, 330), Alert("firing", 330, 600), Alert("firing", 900, null),
            ],
            [new AlertRuleRecord("us-east", "Down", 80, 30, 330 * Second, 15 * Second, default)]),
    };

    private static IEnumerable<RunFigure> Figures() =>
    [
        UptimeFigure.Of(Run), .. ServedByFigure.Of(Run), .. LatencyFigure.Of(Run), EjectionFigure.Of(Run)!,
        AlertFigure.Of(Run)!, TimelineFigure.Of(Run)!, BudgetFigure.Of(Run)!,
    ];

    private static IEnumerable<string> Names() => Figures().Select(static f => f.Chart.Id);

    [TestCaseSource(nameof(Names))]
    public void Csv_OfAFigure_DrawsTheChartOfThePage(string id)
    {
        RunFigure figure = Figures().Single(f => f.Chart.Id == id);
        StringWriter page = new(CultureInfo.InvariantCulture);
        ReportPage.Write(Run, page);
        string text = page.ToString();
        int at = text.IndexOf($"<svg class=\"chart\" id=\"{id}\"", StringComparison.Ordinal);
        string drawn = text[at..(text.IndexOf("</svg>\n</div>", at, StringComparison.Ordinal) + "</svg>\n".Length)];
        int begin = text.IndexOf('>', text.IndexOf("<textarea", at, StringComparison.Ordinal)) + 1;
        string csv = WebUtility.HtmlDecode(text[begin..text.IndexOf("</textarea>", begin, StringComparison.Ordinal)]);
        List<string[]> rows = CsvText.Read(csv);
        Assert.That(rows, Has.Count.GreaterThan(1));
        Chart again = id == "uptime" ? Uptime(figure.Chart, rows)
            : figure.Chart.Values is null ? Lanes(figure, rows) : Values(figure.Chart, rows);
        Assert.That(SvgRenderer.Fluid.Render(again), Is.EqualTo(drawn));
    }

    [Test]
    public void Csv_WithOneNumberChanged_DrawsAnotherChart()
    {
        RunFigure figure = ServedByFigure.Of(Run)[0];
        List<string[]> rows = CsvText.Read(ChartCsv.Of(figure).Text);
        rows[5][2] = "1";
        Assert.That(SvgRenderer.Fluid.Render(Values(figure.Chart, rows)),
            Is.Not.EqualTo(SvgRenderer.Fluid.Render(figure.Chart)));
    }

    [Test]
    public void Csv_OfNamesWithCommasQuotesAndMarkup_IsReadBackFromTheLink()
    {
        CsvData csv = CsvData.Of("A b%", ["name", "x"], [["<a href=\"#\">, é & 'q'", "1"], ["two\nlines", "2"]]);
        StringWriter html = new(CultureInfo.InvariantCulture);
        InlineCsv.Write(html, csv, "title <b>");
        string text = html.ToString();
        int begin = text.IndexOf(InlineCsv.Scheme, StringComparison.Ordinal) + InlineCsv.Scheme.Length;
        string href = text[begin..text.IndexOf('"', begin)];
        Assert.Multiple(() =>
        {
            Assert.That(Uri.UnescapeDataString(href), Is.EqualTo(csv.Text));
            Assert.That(href, Does.Not.Contain("<").And.Not.Contain("#").And.Not.Contain(" ").And.Not.Contain("&"));
            Assert.That(text, Does.Contain("download=\"a-b-.csv\"").And.Contain("title &lt;b&gt;"));
        });
    }

    private static AlertInterval Alert(string state, int from, int? until) => new(
        "us-east", "Down", state, [], from * Second, until is { } u ? u * Second : null, 1, "it is down");

    private static Chart Values(Chart chart, List<string[]> rows)
    {
        string[] header = rows[0];
        ChartSeries Read(ChartSeries s)
        {
            int column = Array.IndexOf(header, s.Name);
            return s with
            {
                Values = [.. rows.Skip(1).Select(r => r[column].Length == 0 ? double.NaN : Number(r[column]))],
                Bins = new ChartBins(Ns(rows[1][0]), Ns(rows[1][1]) - Ns(rows[1][0]), rows.Count - 1),
            };
        }

        Assert.That(rows.Skip(1).Select(r => r[^2]), Is.All.EqualTo(chart.Values!.Unit.Split(',')[0]));
        return chart with { Areas = [.. chart.Areas.Select(Read)], Lines = [.. chart.Lines.Select(Read)] };
    }

    private static Chart Lanes(RunFigure figure, List<string[]> rows) => figure.Chart with
    {
        Lanes =
        [
            .. figure.Chart.Lanes.Select(lane => lane with
            {
                Marks = [.. rows.Where(r => r[0] == lane.Label).Select(r => new ChartMark(Ns(r[2]), Ns(r[3]),
                    figure.Legend.Count > 0 ? figure.Legend.Single(l => l.Name == r[4]).Style : lane.Marks[0].Style,
                    0, r[5]))],
            }),
        ],
    };

    private static Chart Uptime(Chart chart, List<string[]> rows)
    {
        var lanes = rows.Skip(1).GroupBy(static r => (r[0], r[1])).ToArray();
        return chart with
        {
            Lanes =
            [
                .. chart.Lanes.Select((lane, i) => lane with
                {
                    Marks = [.. lanes[i].Select((r, k) => lane.Marks[k] with
                    {
                        FromNs = Ns(r[2]),
                        ToNs = Ns(r[3]) - (Ns(r[3]) - Ns(r[2])) / 5,
                        Style = r[4] == "0" ? ChartStyle.Empty : ChartStyle.Good,
                        BadShare = r[4] == "0" ? 0 : (Number(r[4]) - Number(r[5])) / Number(r[4]),
                    })],
                }),
            ],
        };
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static long Ns(string seconds) => (long)(decimal.Parse(seconds, CultureInfo.InvariantCulture) * Second);
}
