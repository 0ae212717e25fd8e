using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Istiod;
using Sim.Runs;

namespace Sim.Tests.Runs.Gateways;

/// <summary>One simulated run of a recorded timeline.</summary>
internal static class GatewayTimeline
{
    public static GatewayWorld Run(GatewayCase c, JsonElement run, ulong seed)
    {
        JsonElement sweep = run.GetProperty("sweepPhaseSeconds");
        double? phase = sweep.ValueKind == JsonValueKind.Number ? sweep.GetDouble() : null;
        double application = double.Parse(c.Get("load", "applicationSeconds"), CultureInfo.InvariantCulture);
        var world = new GatewayWorld(c, seed, Ns(application), phase is null ? null : Ns(phase.Value));
        const string Host = "transaction-service.bank.svc.cluster.local";
        var template = new RequestTemplate(0, Host, 80, new RequestHeaders("GET", Host, "/", null, 0))
        {
            ClientTimeoutNs = Ns(double.Parse(c.Get("load", "clientTimeoutSeconds"), CultureInfo.InvariantCulture)),
        };
        double rate = double.Parse(c.Get("load", "ratePerSecond"), CultureInfo.InvariantCulture);
        double duration = double.Parse(GatewayCase.Text(c["durationSeconds"]), CultureInfo.InvariantCulture);

        // The recorded client is no metronome, and the phase of its requests against the faults is not known.
        RngStream jitter = RngStream.Create(seed, 0, "arrivals", "jitter");
        for (int i = 0; i < duration * rate; i++)
        {
            long at = Ns(i / rate) + (long)(jitter.NextDouble() * 10 * SimDuration.Millisecond);
            world.Lifecycle.At(at, () => world.Lifecycle.StartEntry(world.Client.Id, template, 0));
        }

        foreach (JsonElement fault in run.GetProperty("faults").EnumerateArray())
        {
            string action = fault.GetProperty("action").GetString()!;
            world.Lifecycle.At(Ns(fault.GetProperty("t").GetDouble()), () => Act(c, world, action.Split(' ')));
        }

        world.RunUntil(Ns(duration + 10));
        return world;
    }

    private static void Act(GatewayCase c, GatewayWorld world, string[] words)
    {
        switch (words[0])
        {
            case "app":
                foreach (PodRuntime pod in Pods(world, words[1]))
                {
                    SetApplication(pod, words[2]);
                }

                break;
            case "kill":
                Each(world, words[1], world.Lifecycle.Refuse);
                break;
            case "restart":
                Each(world, words[1], world.Lifecycle.Accept);
                break;
            case "freeze":
                Each(world, words[1], world.Lifecycle.Freeze);
                break;
            case "thaw":
                Each(world, words[1], world.Lifecycle.Thaw);
                break;
            case "eds":
                string state = words[2] == "base" ? "" : words[2];
                foreach (ProxyRef proxy in words[1] == "client" ? [c.Proxies[0]]
                             : world.GatewayProxies.Where(x => IsNamed(x, words[1])).ToList())
                {
                    world.Push(proxy, state);
                }

                break;
            default:
                throw new InvalidDataException("an unknown action: " + string.Join(' ', words));
        }
    }

    private static bool IsNamed(ProxyRef gateway, string name) =>
        (name == "gwa") == (gateway.Cluster == "asia");

    private static void SetApplication(PodRuntime pod, string behaviour)
    {
        pod.StatusFaults.Clear();
        pod.AppDownFaults = behaviour == "down" ? 1 : 0;
        if (behaviour is not "ok" and not "down")
        {
            int status = int.Parse(behaviour, CultureInfo.InvariantCulture);
            pod.StatusFaults.Add(new StatusFault(status, 1, "app", default));
        }
    }

    private static void Each(GatewayWorld world, string name, Action<PodRuntime> act)
    {
        foreach (PodRuntime pod in Pods(world, name).ToList())
        {
            act(pod);
        }
    }

    /// <summary><c>gwN</c> and <c>gwaN</c> are gateways of eu-west and asia from 0; <c>CLUSTER/N</c> a server from 1,
    /// <c>CLUSTER</c> all of them.</summary>
    private static IEnumerable<PodRuntime> Pods(GatewayWorld world, string name)
    {
        if (name.StartsWith("gw", StringComparison.Ordinal))
        {
            bool isAsia = name.StartsWith("gwa", StringComparison.Ordinal);
            int number = int.Parse(name.AsSpan(isAsia ? 3 : 2), CultureInfo.InvariantCulture);
            return world.Gateways(isAsia ? "asia" : "eu-west").Skip(number).Take(1);
        }

        string[] parts = name.Split('/');
        IEnumerable<PodRuntime> all = world.Servers(parts[0]);
        return parts.Length == 1 ? all
            : all.Skip(int.Parse(parts[1], CultureInfo.InvariantCulture) - 1).Take(1);
    }

    private static long Ns(double seconds) => (long)(seconds * SimDuration.Second);
}
