using Sim.Core;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;
using Sim.World;

namespace Sim.Runs;

/// <summary>Places and latencies of a scenario: pods of one cluster, region and zone share a place.</summary>
internal sealed class ScenarioPlaces
{
    /// <summary>Most places a run can have.</summary>
    public const int Most = 96;

    private readonly List<LinkPlace> _places = [];
    private readonly Dictionary<string, int> _nodes = new(StringComparer.Ordinal);
    private readonly RoundTripTimes _times;
    private readonly DiagnosticBag _findings;

    public ScenarioPlaces(ScenarioDocument document, DiagnosticBag findings)
    {
        _findings = findings;
        TopologySpec t = document.Topology;
        var times = new RoundTripTimes(t.Preset.Value == TopologyPreset.Zero);
        bool isZero = t.Preset.Value == TopologyPreset.Zero;
        _times = new RoundTripTimes(isZero)
        {
            SameNodeNs = t.SameNodeNs?.Value ?? (isZero ? 0 : times.SameNodeNs),
            SameZoneNs = t.SameZoneNs?.Value ?? (isZero ? 0 : times.SameZoneNs),
            CrossZoneNs = t.CrossZoneNs?.Value ?? (isZero ? 0 : times.CrossZoneNs),
            JitterRatio = t.JitterRatio?.Value ?? times.JitterRatio,
        };
        foreach (LinkSpec link in t.Links)
        {
            _times.Override(new LinkOverride(link.A, link.B, link.RttNs?.Value, link.JitterNs?.Value, link.Loss));
        }

        Latency = new LatencyTable(Most, _times.SameNodeNs / 2);
    }

    public LatencyTable Latency { get; }

    public int Count => _places.Count;

    public LinkPlace this[int place] => _places[place];

    /// <summary>Number of a node; -1 when a pod has none.</summary>
    public int NodeOf(PodState pod)
    {
        if (pod.Node.Length == 0)
        {
            return -1;
        }

        string key = pod.Cluster + "/" + pod.Node;
        if (!_nodes.TryGetValue(key, out int node))
        {
            node = _nodes.Count;
            _nodes.Add(key, node);
        }

        return node;
    }

    /// <summary>Place of a pod; its links are looked up when it is new.</summary>
    public int PlaceOf(PodState pod) => PlaceOf(new LinkPlace(pod.Cluster, pod.Region, pod.Zone));

    /// <summary>Number of a place; its links are looked up when it is new.</summary>
    public int PlaceOf(LinkPlace place)
    {
        int index = _places.IndexOf(place);
        if (index >= 0)
        {
            return index;
        }

        if (_places.Count == Most)
        {
            throw new InvalidOperationException("more than 96 places of cluster, region and zone");
        }

        index = _places.Count;
        _places.Add(place);
        for (int other = 0; other <= index; other++)
        {
            LinkEstimate link = _times.Between(place, _places[other]);
            if (!link.IsKnown)
            {
                _findings.Warn("MS4001",
                    $"no round-trip time is known between {place.Region} and {_places[other].Region}: "
                    + SimDuration.Format(RoundTripTimes.UnknownRegionsNs) + " is assumed", default,
                    "give one in topology.links");
            }

            Latency.Set(index, other, new PlaceLink
            {
                MedianNs = link.MedianNs / 2, JitterSigma = link.JitterSigma, Loss = link.Loss,
            });
        }

        return index;
    }
}
