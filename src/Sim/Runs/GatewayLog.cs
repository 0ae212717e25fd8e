using System.Globalization;
using Sim.Core;
using Sim.Envoy;

namespace Sim.Runs;

/// <summary>The connection logs of all gateways: equal lines are counted, not kept.</summary>
internal sealed class GatewayLog
{
    private readonly Dictionary<Line, Count> _lines = [];

    public void Add(in GatewayConnection c)
    {
        var line = new Line(c.Gateway, c.Sni, c.HasChain, c.Upstream, c.Flags);
        Count count = _lines.TryGetValue(line, out Count known) ? known : new Count(0, c.StartNs, c.EndNs);
        _lines[line] = new Count(
            count.Connections + 1, Math.Min(count.FirstNs, c.StartNs), Math.Max(count.LastNs, c.EndNs));
    }

    /// <summary>One event for each kind of line, at the time of its first connection.</summary>
    public IEnumerable<RunEvent> Events(Func<int, PodRuntime> pod) => _lines
        .Select(l => new RunEvent(
            l.Value.FirstNs, "gateway", pod(l.Key.Gateway).FullName, Text(l.Key, l.Value), default))
        .OrderBy(static e => e.AtNs).ThenBy(static e => e.Subject, StringComparer.Ordinal)
        .ThenBy(static e => e.Text, StringComparer.Ordinal);

    private static string Text(Line line, Count count)
    {
        string name = line.Sni.Length == 0 ? "without server name" : line.Sni;
        string to = line.Upstream.Length > 0 ? " -> " + line.Upstream : line.HasChain ? "" : ", no filter chain";
        string number = count.Connections.ToString(CultureInfo.InvariantCulture);
        return $"{number} connections until {SimDuration.Format(count.LastNs)}: {name}{to}, flags {line.Flags}";
    }

    private readonly record struct Line(int Gateway, string Sni, bool HasChain, string Upstream, ResponseFlags Flags);

    private readonly record struct Count(long Connections, long FirstNs, long LastNs);
}
