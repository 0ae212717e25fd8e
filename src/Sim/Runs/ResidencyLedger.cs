using Sim.Core;

namespace Sim.Runs;

/// <summary>Adds up which data of declared classes went from where to where, which way, and what let it pass.</summary>
/// <remarks>Simplified: an application's answer is of its own class only; a workload that passes on what it reads
/// declares a class, too. Data in requests is not counted, nor answers whose caller had left.</remarks>
internal sealed class ResidencyLedger(Func<int, PodRuntime> pod, Func<string, string> geoOf)
{
    private readonly Dictionary<(int Server, int Client, bool ByGateway, string AllowedBy), Row> _rows = [];
    private readonly List<(long AtNs, LedgerEntry Entry)> _traced = [];

    /// <summary>Entry request whose data is kept one by one; -1 = none.</summary>
    public long TracedRequest { get; set; } = -1;

    /// <summary>What the traced request moved, in order.</summary>
    public IEnumerable<LedgerEntry> Traced => _traced.Select(static t => t.Entry);

    /// <summary>An answer reached its caller.</summary>
    public void Add(in DataFlow flow)
    {
        (int, int, bool, string) key = (flow.Server, flow.Client, flow.ByGateway, flow.AllowedBy);
        if (!_rows.TryGetValue(key, out Row? row))
        {
            row = new Row { FirstNs = flow.AtNs, FirstRequest = flow.Request };
            _rows.Add(key, row);
        }

        row.Requests++;
        row.Bytes += flow.Bytes;
        if (flow.Request >= 0 && flow.Request == TracedRequest)
        {
            _traced.Add((flow.AtNs, EntryOf(flow.Server, flow.Client, flow.ByGateway, flow.AllowedBy) with
            {
                Requests = 1, Bytes = flow.Bytes, FirstNs = flow.AtNs, FirstRequest = flow.Request,
            }));
        }
    }

    /// <summary>The ledger: pods of a workload are one, in a stable order.</summary>
    public IReadOnlyList<LedgerEntry> Entries()
    {
        var all = new Dictionary<LedgerEntry, Row>();
        foreach (((int server, int client, bool byGateway, string allowedBy), Row row) in
                 _rows.OrderBy(static r => r.Key.Server).ThenBy(static r => r.Key.Client)
                     .ThenBy(static r => r.Key.ByGateway).ThenBy(static r => r.Key.AllowedBy, StringComparer.Ordinal))
        {
            LedgerEntry key = EntryOf(server, client, byGateway, allowedBy);
            if (!all.TryGetValue(key, out Row? sum))
            {
                all.Add(key, sum = new Row { FirstNs = long.MaxValue });
            }

            sum.Requests += row.Requests;
            sum.Bytes += row.Bytes;
            if (row.FirstNs < sum.FirstNs)
            {
                (sum.FirstNs, sum.FirstRequest) = (row.FirstNs, row.FirstRequest);
            }
        }

        return [.. all.Select(static e => e.Key with
            {
                Requests = e.Value.Requests, Bytes = e.Value.Bytes, FirstNs = e.Value.FirstNs,
                FirstRequest = e.Value.FirstRequest,
            })
            .OrderBy(static e => e.DataClass, StringComparer.Ordinal).ThenBy(static e => e.From, StringComparer.Ordinal)
            .ThenBy(static e => e.Holder, StringComparer.Ordinal).ThenBy(static e => e.To, StringComparer.Ordinal)
            .ThenBy(static e => e.Reader, StringComparer.Ordinal).ThenBy(static e => e.Path, StringComparer.Ordinal)
            .ThenBy(static e => e.AllowedBy, StringComparer.Ordinal)];
    }

    private LedgerEntry EntryOf(int server, int client, bool byGateway, string allowedBy)
    {
        PodRuntime from = pod(server);
        PodRuntime to = pod(client);
        return new LedgerEntry(
            from.Application.DataClass, from.Cluster, to.Cluster, geoOf(from.Region), geoOf(to.Region),
            byGateway ? "gateway" : "direct", allowedBy.Length == 0 ? "no policy" : allowedBy, 0, 0)
        {
            Holder = from.Namespace + "/" + from.Workload,
            Reader = to.Namespace + "/" + to.Workload,
        };
    }

    private sealed class Row
    {
        public long Requests;
        public long Bytes;
        public long FirstNs;
        public long FirstRequest = -1;
    }
}
