namespace Sim.Runs;

/// <summary>Keeps every request up to a limit, then every second, every fourth, ... so that memory stays bounded and
/// what is kept is spread evenly over the run.</summary>
internal sealed class RequestLog
{
    private readonly int _limit;
    private readonly List<EntryOutcome> _kept = [];
    private long _stride = 1;

    public RequestLog(int limit) => _limit = Math.Max(2, limit);

    public void Add(in EntryOutcome outcome)
    {
        if (outcome.Id % _stride != 0)
        {
            return;
        }

        if (_kept.Count == _limit)
        {
            _stride *= 2;
            _kept.RemoveAll(o => o.Id % _stride != 0);
            if (outcome.Id % _stride != 0)
            {
                return;
            }
        }

        _kept.Add(outcome);
    }

    public IReadOnlyList<RequestRecord> Build(IReadOnlyList<TrafficInfo> traffic, Func<int, PodRuntime> pod)
    {
        var rows = new List<RequestRecord>(_kept.Count);
        foreach (EntryOutcome o in _kept.OrderBy(static o => o.Id))
        {
            PodRuntime client = pod(o.ClientPod);
            PodRuntime? server = o.HostPod >= 0 ? pod(o.HostPod) : null;
            rows.Add(new RequestRecord(
                o.Id, traffic[o.Traffic].Name, o.StartNs, o.EndNs, client.FullName, client.Region,
                traffic[o.Traffic].Service, o.Code, o.Flags, o.Details, Dispositions.NameOf(o.Disposition),
                o.Attempts, o.HostAddress, server?.FullName ?? "", server?.Region ?? "none", server?.Cluster ?? "none",
                Dispositions.CurlExit(o.Disposition, o.Code, client.HasSidecar, o.Flags)));
        }

        return rows;
    }
}
