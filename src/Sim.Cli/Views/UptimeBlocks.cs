using Sim.Reports.Figures;

namespace Sim.Cli.Views;

/// <summary>Uptime as a line of characters.</summary>
internal static class UptimeBlocks
{
    private const string Blocks = "▁▂▃▄▅▆▇█";

    /// <summary>One character per bar. A bar with any failure is never drawn as full.</summary>
    public static string Of(IReadOnlyList<UptimeBar> bars, bool isUnicode) =>
        string.Concat(bars.Select(b => isUnicode ? Block(b) : Letter(b)));

    /// <summary>What the characters mean.</summary>
    public static string Key(bool isUnicode) => isUnicode
        ? "█ all answered, lower = share that was answered, × none, · no requests"
        : "# all answered, o most, - some, x none, . no requests";

    private static char Block(UptimeBar bar) =>
        bar.Total == 0 ? '·' : bar.Good == 0 ? '×' : bar.Good == bar.Total ? Blocks[7]
        : Blocks[(int)(bar.Good * 7 / bar.Total)];

    private static char Letter(UptimeBar bar) =>
        bar.Total == 0 ? '.' : bar.Good == 0 ? 'x' : bar.Good == bar.Total ? '#'
        : bar.Good * 2 >= bar.Total ? 'o' : '-';
}
