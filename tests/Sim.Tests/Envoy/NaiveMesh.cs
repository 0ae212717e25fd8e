using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>One host of a <see cref="NaiveMesh"/>.</summary>
/// <param name="Name">Its address.</param>
/// <param name="State">H healthy, D degraded, U unhealthy, X draining (unhealthy and excluded).</param>
/// <param name="Weight">At least 1.</param>
/// <param name="Zone">Its locality.</param>
internal sealed record NaiveHost(string Name, char State, uint Weight, string Zone)
{
    /// <summary>Requests on it.</summary>
    public int Active { get; set; }
}

/// <summary>Settings of a <see cref="NaiveMesh"/>.</summary>
internal sealed record NaiveMeshOptions
{
    /// <summary>Policy: round robin, least request or random.</summary>
    public LbPolicy Policy { get; init; } = LbPolicy.RoundRobin;

    /// <summary>Panic threshold in percent.</summary>
    public int Threshold { get; init; } = 50;

    /// <summary>Overprovisioning factor in percent.</summary>
    public uint Factor { get; init; } = 140;

    /// <summary>Priority health by weight.</summary>
    public bool WeightedHealth { get; init; }

    /// <summary>Full scan instead of two choices.</summary>
    public bool FullScan { get; init; }

    /// <summary>Weight of each zone; null = no locality weighting.</summary>
    public IReadOnlyDictionary<string, uint>? ZoneWeights { get; init; }

    /// <summary>Where the proxy stands.</summary>
    public string OwnZone { get; init; } = "r/a";
}

/// <summary>
/// Load balancing written down as plainly as possible from the page on load balancing, sections 0 to 3 and 5: every
/// pick looks at all hosts anew. It shares no code with the model.
/// </summary>
internal sealed class NaiveMesh
{
    private readonly NaiveHost[][] _priorities;
    private readonly NaiveMeshOptions _options;
    private readonly Func<ulong> _draw;
    private readonly Dictionary<string, ulong> _indexes = [];
    private readonly Dictionary<string, NaiveSchedule> _schedules = [];
    private readonly ulong _seed;

    /// <summary>A balancer as it is made: a number for each priority with locality weights, then the seed.</summary>
    public NaiveMesh(NaiveHost[][] priorities, NaiveMeshOptions options, Func<ulong> draw)
    {
        _priorities = priorities;
        _options = options;
        _draw = draw;
        for (int p = 0; p < priorities.Length && options.ZoneWeights is not null; p++)
        {
            ulong seed = draw();
            AddLocalitySchedule(p, 'H', seed);
            AddLocalitySchedule(p, 'D', seed);
        }

        _seed = options.Policy == LbPolicy.Random ? 0 : draw();
        (Healthy, Degraded, Panic) = Loads();
        AddHostSchedules();
    }

    /// <summary>Percent to healthy hosts per priority.</summary>
    public int[] Healthy { get; }

    /// <summary>Percent to degraded hosts per priority.</summary>
    public int[] Degraded { get; }

    /// <summary>Priorities in panic.</summary>
    public bool[] Panic { get; }

    /// <summary>A first try.</summary>
    public NaiveHost? Pick() => PickOnce(Healthy, Degraded);

    /// <summary>A further try: other hosts than before if the picks allowed find one (section 6).</summary>
    /// <param name="tried">Hosts of the earlier tries.</param>
    /// <param name="morePicks">Picks allowed beyond the first.</param>
    /// <param name="retry">State of previous_priorities; null = not used.</param>
    public NaiveHost? PickAgain(IReadOnlyCollection<NaiveHost> tried, int morePicks, NaiveRetryPriority? retry)
    {
        NaiveHost? host = null;
        for (int i = 0; i <= morePicks; i++)
        {
            (int[] healthy, int[] degraded) = retry?.Loads(this) ?? (Healthy, Degraded);
            host = PickOnce(healthy, degraded);
            if (host is null || !tried.Contains(host))
            {
                return host;
            }
        }

        return host;
    }

    /// <summary>Availability in percent of the hosts of a priority in a state (section 2.1).</summary>
    public int Availability(int priority, char state)
    {
        NaiveHost[] hosts = _priorities[priority];
        ulong Size(NaiveHost h) => _options.WeightedHealth ? h.Weight : 1;
        ulong all = 0;
        ulong part = 0;
        foreach (NaiveHost host in hosts)
        {
            all += host.State == 'X' ? 0 : Size(host);
            part += host.State == state ? Size(host) : 0;
        }

        return all == 0 ? 0 : (int)Math.Min(100, _options.Factor * part / all);
    }

    /// <summary>Number of the priority that a host belongs to.</summary>
    public int PriorityOf(NaiveHost host) => Array.FindIndex(_priorities, p => p.Contains(host));

    /// <summary>Number of priorities.</summary>
    public int Count => _priorities.Length;

    private (int[] Healthy, int[] Degraded, bool[] Panic) Loads()
    {
        int n = Count;
        int[] h = [.. Enumerable.Range(0, n).Select(p => Availability(p, 'H'))];
        int[] d = [.. Enumerable.Range(0, n).Select(p => Availability(p, 'D'))];
        int total = Math.Min(100, h.Sum() + d.Sum());
        var healthy = new int[n];
        var degraded = new int[n];
        if (total > 0)
        {
            int rest = 100;
            for (int i = 0; i < 2 * n; i++)
            {
                int share = Math.Min(rest, (i < n ? h[i] : d[i - n]) * 100 / total);
                (i < n ? healthy : degraded)[i % n] = share;
                rest -= share;
            }

            int first = Array.FindIndex(h, static x => x > 0);
            (first >= 0 ? healthy : degraded)[first >= 0 ? first : Array.FindIndex(d, static x => x > 0)] += rest;
        }

        if (_options.Threshold == 0 && total == 0)
        {
            healthy[0] = 100;
            return (healthy, degraded, new bool[n]);
        }

        bool[] panic = [.. _priorities.Select(p => total < 100 && IsBelow(p))];
        if (panic.All(static x => x))
        {
            SplitByHosts(healthy, degraded);
        }

        return (healthy, degraded, panic);
    }

    private bool IsBelow(NaiveHost[] hosts)
    {
        int counted = hosts.Count(static h => h.State != 'X');
        int usable = hosts.Count(static h => h.State is 'H' or 'D');
        return counted == 0 ? _options.Threshold > 0 : 100 * usable < _options.Threshold * counted;
    }

    private void SplitByHosts(int[] healthy, int[] degraded)
    {
        int hosts = _priorities.Sum(static p => p.Length);
        Array.Clear(healthy);
        Array.Clear(degraded);
        if (hosts == 0)
        {
            healthy[0] = 100;
            return;
        }

        for (int p = 0; p < Count; p++)
        {
            healthy[p] = 100 * _priorities[p].Length / hosts;
        }

        healthy[Array.FindIndex(_priorities, static p => p.Length > 0)] += 100 - healthy.Sum();
    }

    private NaiveHost? PickOnce(int[] healthy, int[] degraded)
    {
        ulong hash = _draw();
        (int priority, char state) = Choose((int)(hash % 100) + 1, healthy, degraded);
        if (Panic[priority])
        {
            return PickFrom("p" + priority + " all", _priorities[priority], hash);
        }

        NaiveHost[] flat = [.. _priorities[priority].Where(h => h.State == state)];
        if (_schedules.TryGetValue(LocalityKey(priority, state), out NaiveSchedule? zones))
        {
            string zone = WeightedZones(priority, state)[zones.Pick()].Zone;
            return PickFrom(
                "p" + priority + " " + state + zone, [.. flat.Where(h => h.Zone == zone)], hash);
        }

        return PickFrom("p" + priority + " " + state, flat, hash);
    }

    private static (int Priority, char State) Choose(int value, int[] healthy, int[] degraded)
    {
        int sum = 0;
        for (int i = 0; i < healthy.Length + degraded.Length; i++)
        {
            bool isHealthy = i < healthy.Length;
            int priority = isHealthy ? i : i - healthy.Length;
            sum += isHealthy ? healthy[priority] : degraded[priority];
            if (value <= sum)
            {
                return (priority, isHealthy ? 'H' : 'D');
            }
        }

        return (0, 'H');
    }

    private NaiveHost? PickFrom(string source, NaiveHost[] hosts, ulong hash)
    {
        if (hosts.Length == 0)
        {
            return null;
        }

        if (_options.Policy == LbPolicy.Random)
        {
            return hosts[hash % (ulong)hosts.Length];
        }

        if (_schedules.TryGetValue(source, out NaiveSchedule? schedule))
        {
            return hosts[schedule.Pick()];
        }

        if (_options.Policy == LbPolicy.RoundRobin)
        {
            ulong index = _indexes.GetValueOrDefault(source, _seed);
            _indexes[source] = index + 1;
            return hosts[index % (ulong)hosts.Length];
        }

        return _options.FullScan ? Scan(hosts) : BetterOfTwo(hosts);
    }

    private NaiveHost BetterOfTwo(NaiveHost[] hosts)
    {
        NaiveHost first = hosts[_draw() % (ulong)hosts.Length];
        NaiveHost second = hosts[_draw() % (ulong)hosts.Length];
        return second.Active < first.Active ? second : first;
    }

    private NaiveHost Scan(NaiveHost[] hosts)
    {
        NaiveHost best = hosts[0];
        ulong ties = 1;
        foreach (NaiveHost host in hosts[1..])
        {
            ties = host.Active < best.Active ? 1 : host.Active == best.Active ? ties + 1 : ties;
            if (host.Active < best.Active || (host.Active == best.Active && _draw() % ties == 0))
            {
                best = host;
            }
        }

        return best;
    }

    private void AddHostSchedules()
    {
        for (int p = 0; p < Count && _options.Policy != LbPolicy.Random; p++)
        {
            AddHostSchedule("p" + p + " all", _priorities[p]);
            foreach (char state in "HD")
            {
                NaiveHost[] flat = [.. _priorities[p].Where(h => h.State == state)];
                AddHostSchedule("p" + p + " " + state, flat);
                foreach (IGrouping<string, NaiveHost> zone in flat.GroupBy(static h => h.Zone))
                {
                    AddHostSchedule("p" + p + " " + state + zone.Key, [.. zone]);
                }
            }
        }
    }

    private void AddHostSchedule(string source, NaiveHost[] hosts)
    {
        if (hosts.Select(static h => h.Weight).Distinct().Count() > 1)
        {
            _schedules[source] = new NaiveSchedule(
                hosts.Length,
                i => _options.Policy == LbPolicy.LeastRequest ? hosts[i].Weight / (hosts[i].Active + 1.0)
                    : hosts[i].Weight,
                _seed);
        }
    }

    private static string LocalityKey(int priority, char state) => "zones of p" + priority + state;

    private void AddLocalitySchedule(int priority, char state, ulong seed)
    {
        List<(string Zone, double Weight)> zones = WeightedZones(priority, state);
        if (zones.Count > 0)
        {
            _schedules[LocalityKey(priority, state)] = new NaiveSchedule(zones.Count, i => zones[i].Weight, seed);
        }
    }

    private List<(string Zone, double Weight)> WeightedZones(int priority, char state)
    {
        var zones = new List<(string Zone, double Weight)>();
        foreach (IGrouping<string, NaiveHost> zone in _priorities[priority].GroupBy(static h => h.Zone)
            .OrderBy(z => z.Key != _options.OwnZone).ThenBy(static z => z.Key, StringComparer.Ordinal))
        {
            double counted = zone.Count(static h => h.State != 'X');
            double usable = zone.Count(h => h.State == state);
            uint weight = _options.ZoneWeights!.GetValueOrDefault(zone.Key);
            double effective = counted == 0 ? 0
                : weight * Math.Min(1.0, _options.Factor / 100.0 * (usable / counted));
            if (effective > 0)
            {
                zones.Add((zone.Key, effective));
            }
        }

        return zones;
    }
}

/// <summary>The retry priority previous_priorities of one request (section 2.7).</summary>
internal sealed class NaiveRetryPriority(int updateFrequency)
{
    private readonly List<NaiveHost> _attempted = [];
    private readonly HashSet<int> _excluded = [];
    private (int[] Healthy, int[] Degraded)? _last;

    /// <summary>A try went to a host.</summary>
    public void Attempted(NaiveHost host) => _attempted.Add(host);

    /// <summary>Loads for the next pick.</summary>
    public (int[] Healthy, int[] Degraded) Loads(NaiveMesh mesh)
    {
        if (_attempted.Count < updateFrequency)
        {
            return (mesh.Healthy, mesh.Degraded);
        }

        if (_attempted.Count % updateFrequency == 0)
        {
            _excluded.UnionWith(_attempted.Select(mesh.PriorityOf));
            (int[] h, int[] d) = Availabilities(mesh);
            if (h.Sum() + d.Sum() == 0)
            {
                _excluded.Clear();
                _attempted.Clear();
                (h, d) = Availabilities(mesh);
            }

            int total = Math.Min(100, h.Sum() + d.Sum());
            if (total == 0)
            {
                return (mesh.Healthy, mesh.Degraded);
            }

            _last = Fill(h, d, total);
        }

        return _last ?? (mesh.Healthy, mesh.Degraded);
    }

    private (int[] Healthy, int[] Degraded) Availabilities(NaiveMesh mesh) => (
        [.. Enumerable.Range(0, mesh.Count).Select(p => _excluded.Contains(p) ? 0 : mesh.Availability(p, 'H'))],
        [.. Enumerable.Range(0, mesh.Count).Select(p => _excluded.Contains(p) ? 0 : mesh.Availability(p, 'D'))]);

    private static (int[] Healthy, int[] Degraded) Fill(int[] h, int[] d, int total)
    {
        var healthy = new int[h.Length];
        var degraded = new int[d.Length];
        int rest = 100;
        while (rest > 0)
        {
            for (int i = 0; i < 2 * h.Length; i++)
            {
                int p = i % h.Length;
                int share = Math.Min(rest, (i < h.Length ? h[p] : d[p]) * 100 / total);
                (i < h.Length ? healthy : degraded)[p] += share;
                rest -= share;
            }
        }

        return (healthy, degraded);
    }
}
