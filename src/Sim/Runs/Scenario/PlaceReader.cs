using System.Globalization;
using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>Reads clusters, topology, delays and proxy settings.</summary>
internal sealed class PlaceReader(DiagnosticBag diagnostics)
{
    public static DelaySpec ReadDelays(ScenarioObject o)
    {
        const long ms = SimDuration.Millisecond;
        const long s = SimDuration.Second;
        var delays = new DelaySpec(
            o.Duration("schedule", s), o.Duration("readiness", s), o.Duration("endpointSlice", 50 * ms),
            o.Duration("watch", 20 * ms), o.Duration("debounce", 100 * ms), o.Duration("debounceMax", 10 * s),
            o.Duration("push", 20 * ms), o.Duration("drain", 5 * s), o.Duration("gracePeriod", 30 * s),
            o.Duration("dnsTtl", 30 * s), o.Duration("certificateLife", 24 * SimDuration.Hour),
            o.Share("certificateRenewal", 0.5));
        o.Close();
        return delays;
    }

    public static ProxySpec ReadProxy(ScenarioObject o)
    {
        var proxy = new ProxySpec(
            o.Duration("updateMergeWindow", SimDuration.Second), o.OptionalDuration("outlierSweepPhase"));
        o.Close();
        return proxy;
    }

    public IReadOnlyList<ClusterSpec> ReadClusters(ScenarioObject spec)
    {
        var list = new List<ClusterSpec>();
        foreach (ScenarioObject o in spec.Objects("clusters"))
        {
            list.Add(ReadCluster(o, list.Count + 1));
        }

        return list;
    }

    public TopologySpec ReadTopology(ScenarioObject o)
    {
        var geo = new List<GeoSpec>();
        foreach (Manifests.YamlEntry e in o.Entries("geo"))
        {
            geo.Add(new GeoSpec(e.Key, o.ReadTexts(e.Value, o.PathOf("geo") + "." + e.Key)));
        }

        var topology = new TopologySpec(
            o.Choice("preset", TopologyPreset.PublicCloud), geo, o.Objects("links").Select(ReadLink).ToList(),
            o.Duration("proxyOverhead", 500 * SimDuration.Microsecond), o.OptionalDuration("sameNode"),
            o.OptionalDuration("sameZone"), o.OptionalDuration("crossZone"), o.OptionalShare("jitter"));
        o.Close();
        return topology;
    }

    private LinkSpec ReadLink(ScenarioObject o)
    {
        IReadOnlyList<Sourced<string>> ends = o.TextList("between");
        if (ends.Count != 2 && o.Has("between"))
        {
            diagnostics.Error(ScenarioCodes.BadValue, $"{o.PathOf("between")} must name two places", o.Span,
                "such as [us-east, eu-west]");
        }

        Sourced<string> none = new("", SourceSpan.None);
        var link = new LinkSpec(
            ends.Count > 0 ? ends[0] : none, ends.Count > 1 ? ends[1] : none, o.OptionalDuration("rtt"),
            o.OptionalDuration("jitter"), o.Share("loss", 0), o.Span);
        o.Close();
        return link;
    }

    private ClusterSpec ReadCluster(ScenarioObject o, int number)
    {
        ScenarioObject control = o.Object("controlPlane");
        ScenarioObject trust = o.Object("trust");
        ScenarioObject gateway = o.Object("eastWestGateway");
        var cluster = new ClusterSpec
        {
            Name = o.Text("name"),
            Manifests = o.TextList("manifests"),
            Region = o.Text("region"),
            Zones = o.TextList("zones"),
            Network = o.Text("network"),
            ControlPlane = control.Choice("mode", ControlPlaneMode.Primary),
            ControlPlaneOf = control.Text("of"),
            TrustDomain = trust.Text("domain", "cluster.local"),
            TrustRoot = trust.Text("root", "shared"),
            EastWestGateway = ReadGateway(gateway),
            IngressGateway = ReadIngress(o.Object("ingressGateway")),
            RemoteSecrets = o.TextList("remoteSecrets"),
            MeshConfig = o.Free("meshConfig"),
            PodSubnet = Subnet(o, "podSubnet", 10 * number),
            ServiceSubnet = Subnet(o, "serviceSubnet", 95 + number),
            Span = o.Span,
        };
        control.Close();
        trust.Close();
        o.Close();
        return cluster;
    }

    private static EastWestGatewaySpec? ReadGateway(ScenarioObject o)
    {
        var gateway = new EastWestGatewaySpec(
            o.Integer("replicas", 1, 1, 1000), o.Integer("addresses", 1, 1, 100), o.Span);
        o.Close();
        return o.IsPresent ? gateway : null;
    }

    private static IngressGatewaySpec? ReadIngress(ScenarioObject o)
    {
        var gateway = new IngressGatewaySpec(o.Integer("replicas", 1, 1, 1000), o.Span);
        o.Close();
        return o.IsPresent ? gateway : null;
    }

    private Sourced<string> Subnet(ScenarioObject o, string key, int second)
    {
        string usual = string.Create(CultureInfo.InvariantCulture, $"10.{second}.0.0/16");
        Sourced<string> subnet = o.Text(key, usual);
        if (!Ipv4Range.TryParse(subnet, out _))
        {
            diagnostics.Error(ScenarioCodes.BadValue, $"{o.PathOf(key)}: \"{subnet}\" is not an IPv4 subnet",
                subnet.Span, "such as 10.244.0.0/16");
        }

        return subnet;
    }
}
