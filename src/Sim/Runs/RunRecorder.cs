using Sim.Core;
using Sim.Runs.Observing;

namespace Sim.Runs;

/// <summary>A traffic source as the recorder knows it.</summary>
internal sealed record TrafficInfo(string Name, string Service, bool IsProbe);

/// <summary>Hears what happens in a run.</summary>
internal interface IRunSink
{
    /// <summary>A request of the entry traffic ended.</summary>
    void EntryEnded(in EntryOutcome outcome);

    /// <summary>A host was ejected by a client's proxy.</summary>
    void Ejected(long atNs, ClusterRuntime cluster, string host, int hostPod, string type, int times);

    /// <summary>An ejection ended.</summary>
    void Unejected(long atNs, ClusterRuntime cluster, string host);

    /// <summary>A connection through a gateway ended, as the gateway logs it.</summary>
    void GatewayConnectionEnded(in GatewayConnection connection)
    {
    }

    /// <summary>Data of a declared class reached the pod that asked for it.</summary>
    void DataMoved(in DataFlow flow)
    {
    }
}

/// <summary>Collects what reports and judgements are made of. Costs a few look-ups per entry request.</summary>
internal sealed class RunRecorder : IRunSink
{
    private readonly IReadOnlyList<TrafficInfo> _traffic;
    private readonly Func<int, PodRuntime> _pod;
    private readonly Interner _places = new();
    private readonly Interner _flags = new();
    private readonly List<(string Cluster, string Region)> _placeNames = [];
    private readonly SeriesTable _series;
    private readonly Dictionary<(int Bin, int Traffic, int Place), SparseHistogram> _latency = [];
    private readonly RequestLog _log;
    private readonly List<EjectionRecord> _ejections = [];
    private readonly Dictionary<(ClusterRuntime Cluster, string Host), int> _openEjections = [];
    private readonly List<RunEvent> _events = [];
    private readonly GatewayLog _gateways = new();
    private readonly ResidencyLedger _ledger;
    private readonly long[] _byDisposition = new long[Dispositions.Count];
    private readonly long[] _byCode = new long[1_000];
    private Fingerprint _fingerprint;

    public RunRecorder(
        IReadOnlyList<TrafficInfo> traffic, Func<int, PodRuntime> pod, Func<string, string> geoOf, long binNs,
        int requestsKept)
    {
        _traffic = traffic;
        _pod = pod;
        _ledger = new ResidencyLedger(pod, geoOf);
        BinNs = binNs;
        _series = new SeriesTable(binNs);
        _log = new RequestLog(requestsKept);
    }

    public long BinNs { get; }

    public long Total { get; private set; }

    public IReadOnlyList<RunEvent> Events => _events;

    public void Note(long atNs, string kind, string subject, string text, SourceSpan span = default) =>
        _events.Add(new RunEvent(atNs, kind, subject, text, span));

    /// <inheritdoc/>
    public void EntryEnded(in EntryOutcome o)
    {
        Total++;
        int clientPlace = PlaceOf(_pod(o.ClientPod));
        PodRuntime? server = o.HostPod >= 0 && o.Code > 0 ? _pod(o.HostPod) : null;
        int servedPlace = server is null || !IsAnswered(o.Disposition) ? -1 : PlaceOf(server);
        int flags = _flags.IdOf(o.Flags);
        _series.Add(o.Traffic, clientPlace, servedPlace, o.Code, flags, o.Disposition, o.StartNs);
        _byDisposition[(int)o.Disposition]++;
        _byCode[o.Code]++;
        HistogramOf(o.StartNs, o.Traffic, clientPlace).Record(o.EndNs - o.StartNs);
        _fingerprint.Add(o.Id);
        _fingerprint.Add(o.EndNs);
        _fingerprint.Add(o.Code);
        _fingerprint.Add((long)o.Disposition);
        _fingerprint.Add(o.HostPod);
        _log.Add(in o);
    }

    /// <inheritdoc/>
    public void Ejected(long atNs, ClusterRuntime cluster, string host, int hostPod, string type, int times)
    {
        string pod = hostPod >= 0 ? _pod(hostPod).FullName : "";
        _openEjections[(cluster, host)] = _ejections.Count;
        _ejections.Add(new EjectionRecord(
            atNs, cluster.Proxy.Pod.FullName, cluster.Config.Name, host, pod, type, null, times));
    }

    /// <inheritdoc/>
    public void Unejected(long atNs, ClusterRuntime cluster, string host)
    {
        if (_openEjections.Remove((cluster, host), out int index))
        {
            _ejections[index] = _ejections[index] with { UntilNs = atNs };
        }
    }

    /// <inheritdoc/>
    public void GatewayConnectionEnded(in GatewayConnection connection) => _gateways.Add(in connection);

    /// <inheritdoc/>
    public void DataMoved(in DataFlow flow) => _ledger.Add(in flow);

    /// <summary>Data of declared classes.</summary>
    public ResidencyLedger Ledger => _ledger;

    /// <summary>The requests kept so far, in order of arrival.</summary>
    public IReadOnlyList<RequestRecord> Requests() => _log.Build(_traffic, _pod);

    /// <summary>The finished result, judgements left out.</summary>
    public RunResult Build(RunStamp stamp, RunFrame frame)
    {
        var series = new List<SeriesPoint>();
        var uptime = new SortedDictionary<(int Bin, string Service, string Region), (long Total, long Good)>();
        foreach ((int bin, int traffic, int client, int served, int code, int flags, Disposition d, long count)
                 in _series.Rows())
        {
            TrafficInfo info = _traffic[traffic];
            (string clientCluster, string clientRegion) = _placeNames[client];
            (string servedCluster, string servedRegion) = served < 0 ? ("none", "none") : _placeNames[served];
            bool good = Dispositions.IsGood(code);
            series.Add(new SeriesPoint(
                new SeriesKey(info.Name, info.Service, clientRegion, clientCluster, servedRegion, servedCluster),
                bin * BinNs, code, _flags[flags], Dispositions.NameOf(d), good, count));
            if (!info.IsProbe)
            {
                (int, string, string) key = (bin, info.Service, clientRegion);
                (long total, long ok) = uptime.GetValueOrDefault(key);
                uptime[key] = (total + count, ok + (good ? count : 0));
            }
        }

        return new RunResult
        {
            Stamp = stamp,
            Verdict = frame.IsInterrupted ? Verdict.Interrupted : Verdict.Held,
            Description = frame.Description,
            DurationNs = frame.DurationNs,
            WarmupNs = frame.WarmupNs,
            Start = frame.Start,
            EventsFingerprint = frame.EventsFingerprint,
            ResultsFingerprint = _fingerprint.ToString(),
            EventCount = frame.EventCount,
            RequestsTotal = Total,
            ByDisposition = [.. ByDisposition()],
            ByCode = [.. _byCode.Index().Where(static e => e.Item > 0)
                .Select(static e => KeyValuePair.Create(e.Index, e.Item))],
            Findings = frame.Findings,
            NotModelled = frame.NotModelled,
            Pods = frame.Pods,
            Ejections = _ejections,
            Events = [.. _events.Concat(_gateways.Events(_pod)).OrderBy(static e => e.AtNs)],
            Faults = frame.Faults,
            BinNs = BinNs,
            Series = series,
            Latency = [.. LatencyPoints()],
            Uptime = [.. uptime.Select(u => new UptimePoint(
                u.Key.Service, u.Key.Region, u.Key.Bin * BinNs, BinNs, u.Value.Total, u.Value.Good))],
            Requests = Requests(),
            Ledger = _ledger.Entries(),
            Calls = frame.Calls,
            Observation = frame.Observation,
        };
    }

    private static bool IsAnswered(Disposition d) => d is Disposition.Served or Disposition.UpstreamError
        or Disposition.DeniedRbac or Disposition.DeniedJwt;

    /// <summary>Small number of a pod's cluster and region; found once per pod.</summary>
    private int PlaceOf(PodRuntime pod)
    {
        if (pod.SeriesPlace < 0)
        {
            pod.SeriesPlace = _places.IdOf(pod.Cluster + "\n" + pod.Region);
            if (pod.SeriesPlace == _placeNames.Count)
            {
                _placeNames.Add((pod.Cluster, pod.Region));
            }
        }

        return pod.SeriesPlace;
    }

    private IEnumerable<KeyValuePair<string, long>> ByDisposition()
    {
        for (int i = 0; i < _byDisposition.Length; i++)
        {
            if (_byDisposition[i] > 0)
            {
                yield return KeyValuePair.Create(Dispositions.NameOf((Disposition)i), _byDisposition[i]);
            }
        }
    }

    private SparseHistogram HistogramOf(long startNs, int traffic, int clientPlace)
    {
        (int, int, int) key = ((int)(startNs / BinNs), traffic, clientPlace);
        if (!_latency.TryGetValue(key, out SparseHistogram? histogram))
        {
            histogram = new SparseHistogram();
            _latency.Add(key, histogram);
        }

        return histogram;
    }

    /// <summary>One point for each bin, traffic and region of the callers: clusters of a region are one.</summary>
    private IEnumerable<LatencyPoint> LatencyPoints()
    {
        var h = new LogLinearHistogram();
        foreach (var group in _latency
            .GroupBy(e => (e.Key.Bin, e.Key.Traffic, _placeNames[e.Key.Place].Region), static e => e.Value)
            .OrderBy(static g => g.Key.Bin).ThenBy(static g => g.Key.Traffic)
            .ThenBy(static g => g.Key.Region, StringComparer.Ordinal))
        {
            h.Clear();
            foreach (SparseHistogram part in group)
            {
                h.Merge(part);
            }

            yield return new LatencyPoint(
                _traffic[group.Key.Traffic].Name, group.Key.Region, group.Key.Bin * BinNs, h.Count, h.Quantile(0.5),
                h.Quantile(0.9), h.Quantile(0.99), h.Max);
        }
    }
}

/// <summary>What surrounds the recorded requests of a result.</summary>
internal sealed record RunFrame
{
    public required long DurationNs { get; init; }

    public long WarmupNs { get; init; }

    public string Start { get; init; } = "";

    public string Description { get; init; } = "";

    public string EventsFingerprint { get; init; } = "";

    public long EventCount { get; init; }

    public bool IsInterrupted { get; init; }

    public IReadOnlyList<FaultBand> Faults { get; init; } = [];

    public IReadOnlyList<Diagnostic> Findings { get; init; } = [];

    public IReadOnlyList<Diagnostic> NotModelled { get; init; } = [];

    public IReadOnlyList<PodRecord> Pods { get; init; } = [];

    public ServiceGraph Calls { get; init; } = ServiceGraph.None;

    public Observation Observation { get; init; } = Observation.None;
}
