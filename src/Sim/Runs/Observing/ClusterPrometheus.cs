using Sim.Core;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;
using Sim.Telemetry;
using Sim.Telemetry.PromQl;
using Sim.Telemetry.Rules;
using Sim.Telemetry.Scraping;

namespace Sim.Runs.Observing;

/// <summary>What a target answers to a scrape.</summary>
/// <param name="Page">A proxy's page; null when it is none.</param>
/// <param name="Federated">The page of another server; null when it is none.</param>
/// <param name="Reason">Why there is no page at all.</param>
internal readonly record struct ScrapeAnswer(MetricsPage? Page, Exposition? Federated, string Reason = "");

/// <summary>The Prometheus of one cluster.</summary>
/// <remarks>Scrapes of a target are spread over the interval by a hash of its labels, as Prometheus spreads them
/// (scrape/target.go#offset). Simplified: groups of rules are evaluated at whole multiples of their interval, a changed
/// configuration is loaded within 5 s, and the server itself never fails.</remarks>
internal sealed class ClusterPrometheus
{
    private const long RefreshMs = 5_000;

    private readonly ScenarioDocument _document;
    private readonly DiagnosticBag _findings;
    private readonly TargetDiscovery _discovery;
    private readonly AlertLog _alerts;
    private readonly Func<ClusterPrometheus, ScrapeConfig, DiscoveredTarget, long, ScrapeAnswer> _answer;
    private readonly SortedDictionary<string, Pool> _pools = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string Job, string Address, string Path), TargetRecord> _past = [];
    private readonly Dictionary<RuleGroup, long> _groupsDue = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Rule> _failed = new(ReferenceEqualityComparer.Instance);
    private readonly PromQlDialect _dialect;
    private readonly long _startMs;
    private ServerConfig _config;
    private RuleEngine _rules;
    private long _refreshDueMs;
    private int _seenVersion = -1;

    public ClusterPrometheus(
        ScenarioDocument document, LiveCluster cluster, RunRecorder recorder, DiagnosticBag findings,
        Func<ClusterPrometheus, ScrapeConfig, DiscoveredTarget, long, ScrapeAnswer> answer)
    {
        _document = document;
        _findings = findings;
        _answer = answer;
        Cluster = cluster;
        _startMs = document.Start.Value.ToUnixTimeMilliseconds();
        _dialect = ObservationChecks.DialectOf(document);
        _discovery = new TargetDiscovery(cluster);
        _alerts = new AlertLog(cluster.Name, _startMs, recorder);
        _refreshDueMs = _startMs;
        _config = ServerConfig.Read(document, cluster, findings);
        _rules = NewEngine();
    }

    /// <summary>The cluster.</summary>
    public LiveCluster Cluster { get; }

    /// <summary>What it has stored.</summary>
    public SeriesStore Store { get; } = new();

    /// <summary>Its configuration.</summary>
    public ServerConfig Config => _config;

    /// <summary>When it has something to do next, milliseconds since the epoch.</summary>
    public long DueMs
    {
        get
        {
            long due = _refreshDueMs;
            foreach (Pool pool in _pools.Values)
            {
                due = Math.Min(due, pool.DueMs);
            }

            foreach (long group in _groupsDue.Values)
            {
                due = Math.Min(due, group);
            }

            return due;
        }
    }

    /// <summary>Looks for targets, where it is time.</summary>
    public void Refresh(long nowMs)
    {
        if (nowMs < _refreshDueMs)
        {
            return;
        }

        _refreshDueMs = nowMs + RefreshMs;
        if (_seenVersion == Cluster.Version)
        {
            return;
        }

        _seenVersion = Cluster.Version;
        if (ServerConfig.SignatureOf(_document, Cluster) != _config.Signature)
        {
            EndAll();
            _config = ServerConfig.Read(_document, Cluster, _findings);
            _rules = NewEngine();
        }

        FindTargets(nowMs);
    }

    /// <summary>Scrapes what is due.</summary>
    public void Scrape(long nowMs)
    {
        foreach (Pool pool in _pools.Values)
        {
            if (pool.DueMs <= nowMs)
            {
                pool.DueMs += pool.IntervalMs;
                ScrapeAnswer answer = _answer(this, pool.Job, pool.Target, nowMs);
                pool.Scrape(answer, nowMs);
            }
        }
    }

    /// <summary>Evaluates the groups of rules that are due.</summary>
    public void Evaluate(long nowMs)
    {
        foreach (RuleGroup group in _rules.Groups)
        {
            if (_groupsDue[group] > nowMs)
            {
                continue;
            }

            _groupsDue[group] += IntervalOf(group);
            foreach (RuleFailure failure in _rules.Evaluate(group, nowMs).Where(f => _failed.Add(f.Rule)))
            {
                _findings.Warn("MS0709", $"rule {failure.Rule.Name} fails: {failure.Message}", failure.Rule.Span, "",
                    Cluster.Name);
            }

            _alerts.Evaluated(_rules, group, IntervalOf(group), nowMs);
        }
    }

    /// <summary>What it has seen.</summary>
    public ObservedCluster Build()
    {
        long samples = 0;
        foreach (StoredSeries s in Store.Series)
        {
            samples += s.Points.Count(static p => !StaleMarker.Is(p.Value));
        }

        foreach (Pool pool in _pools.Values)
        {
            Remember(pool);
        }

        return new ObservedCluster(
            Cluster.Name, _dialect.Version, _config.Source, Store.Series.Count, samples, [.. _past.Values])
        {
            Store = Store,
            StartMs = _startMs,
            Options = QueryOptions,
            RuleTexts = _config.RuleTexts,
            Recorded = _rules.Recorded,
            ExternalLabels = _config.Scraping.ExternalLabels,
            ScrapeIntervalMs = _config.Scraping.Jobs.Select(IntervalOf)
                .DefaultIfEmpty(_config.Scraping.ScrapeIntervalMs).Min(),
            EvaluationIntervalMs = _config.Scraping.EvaluationIntervalMs,
        };
    }

    /// <summary>Times of alerts, and how often each rule was evaluated.</summary>
    public (IReadOnlyList<AlertInterval> Alerts, IEnumerable<AlertRuleRecord> Rules) Alerts =>
        (_alerts.Intervals, _alerts.Rules);

    private PromQlOptions QueryOptions => new(SubqueryStepMs: _config.Scraping.EvaluationIntervalMs);

    private long IntervalOf(RuleGroup group) =>
        group.IntervalMs > 0 ? group.IntervalMs : _config.Scraping.EvaluationIntervalMs;

    private RuleEngine NewEngine()
    {
        var engine = new RuleEngine(_config.Groups, Store,
            new RuleEngineOptions(_config.Scraping.ExternalLabels, Query: QueryOptions));
        _groupsDue.Clear();
        foreach (RuleGroup group in engine.Groups)
        {
            long interval = IntervalOf(group);
            long passed = Math.Max(0, _refreshDueMs - _startMs);
            _groupsDue[group] = _startMs + ((passed + interval - 1) / interval * interval);
        }

        return engine;
    }

    private void EndAll()
    {
        foreach (Pool pool in _pools.Values)
        {
            pool.End();
            Remember(pool);
        }

        _pools.Clear();
    }

    private void FindTargets(long nowMs)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < _config.Scraping.Jobs.Count; i++)
        {
            ScrapeConfig job = _config.Scraping.Jobs[i];
            foreach (DiscoveredTarget target in _discovery.Find(job))
            {
                string key = $"{job.JobName}\n{target.Target.Labels}\n{target.Target.Address}{target.Path}";
                found.Add(key);
                if (!_pools.ContainsKey(key))
                {
                    long due = FirstDue(key, IntervalOf(job), nowMs);
                    _pools.Add(key, new Pool(job, target, Store, IntervalOf(job), due));
                }
            }
        }

        foreach (string gone in _pools.Keys.Where(k => !found.Contains(k)).ToList())
        {
            _pools[gone].End();
            Remember(_pools[gone]);
            _pools.Remove(gone);
        }
    }

    private void Remember(Pool pool)
    {
        (string, string, string) key = (pool.Job.JobName, pool.Target.Target.Address, pool.Target.Path);
        TargetRecord before = _past.GetValueOrDefault(
            key, new TargetRecord(key.Item1, key.Item2, key.Item3, 0, 0, ""));
        _past[key] = before with
        {
            Scrapes = before.Scrapes + pool.Scrapes,
            Failures = before.Failures + pool.Failures,
            Reason = pool.Reason.Length > 0 ? pool.Reason : before.Reason,
        };
        pool.Forget();
    }

    private long IntervalOf(ScrapeConfig job) =>
        job.ScrapeIntervalMs > 0 ? job.ScrapeIntervalMs : _config.Scraping.ScrapeIntervalMs;

    private long FirstDue(string key, long intervalMs, long nowMs)
    {
        long offset = (long)(StableHash.Of(Cluster.Name + key) % (ulong)intervalMs);
        long passed = nowMs - _startMs - offset;
        long rounds = passed <= 0 ? 0 : (passed + intervalMs - 1) / intervalMs;
        return _startMs + offset + (rounds * intervalMs);
    }

    private sealed class Pool(
        ScrapeConfig job, DiscoveredTarget target, SeriesStore store, long intervalMs, long firstDueMs)
    {
        private readonly PageScraper _page = new(job, target.Target, store);
        private readonly Scraper _federated = new(job, target.Target, store);

        public ScrapeConfig Job { get; } = job;

        public DiscoveredTarget Target { get; } = target;

        public long IntervalMs { get; } = intervalMs;

        public long DueMs { get; set; } = firstDueMs;

        public int Scrapes { get; private set; }

        public int Failures { get; private set; }

        public string Reason { get; private set; } = "";

        public void Scrape(ScrapeAnswer answer, long nowMs)
        {
            bool isFederation = Job.Matches.Count > 0;
            bool isUp = isFederation ? _federated.Scrape(answer.Federated, nowMs) : _page.Scrape(answer.Page, nowMs);
            Scrapes++;
            Failures += isUp ? 0 : 1;
            Reason = isUp ? Reason : answer.Reason.Length > 0 ? answer.Reason : "sample_limit";
        }

        public void End() => _page.End(IntervalMs);

        public void Forget() => (Scrapes, Failures) = (0, 0);
    }
}
