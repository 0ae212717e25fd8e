using Sim.Core;

namespace Sim.Runs;

/// <summary>What a name look-up gives.</summary>
/// <param name="Address">Address; empty = the name does not exist (curl exit 6).</param>
/// <param name="Fqdn">Full name it was completed to.</param>
/// <param name="Text">Explanation.</param>
/// <param name="Span">The Service or ServiceEntry that answers.</param>
internal readonly record struct NameAnswer(string Address, string Fqdn, string Text, SourceSpan Span)
{
    /// <summary>Every address when there are several: cluster DNS gives them in an order of chance.</summary>
    public IReadOnlyList<string>? Several { get; init; }
}

/// <summary>A name, or all of them, that cluster DNS does not answer as it should.</summary>
/// <param name="Host">Full name; empty = every name.</param>
/// <param name="IsNoSuchName">It says that there is no such name; otherwise it does not answer.</param>
/// <param name="Span">Where the fault is declared.</param>
internal sealed record DnsFault(string Host, bool IsNoSuchName, SourceSpan Span);

/// <summary>Names as the pods of one cluster see them.</summary>
internal sealed class NameService
{
    private readonly Dictionary<string, (string Address, string Text, SourceSpan Span)> _names =
        new(StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<string, (IReadOnlyList<string> Records, SourceSpan Span)> _records =
        new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Declares what the name of a Service without address of its own stands for: addresses of pods, or
    /// another name.</summary>
    public void AddRecords(string fqdn, IReadOnlyList<string> records, SourceSpan span = default) =>
        _records.TryAdd(fqdn, (records, span));

    /// <summary>What cluster DNS does not answer as it should.</summary>
    public IReadOnlyList<DnsFault> Faults { get; init; } = [];

    /// <summary>What cluster DNS answers a proxy: its own look-ups go past the sidecar.</summary>
    /// <param name="name">Name.</param>
    /// <param name="podNamespace">Namespace of the pod.</param>
    public DnsAnswer Ask(string name, string podNamespace) =>
        System.Net.IPAddress.TryParse(name, out _) ? new DnsAnswer([name], false)
        : FaultOf(name.TrimEnd('.')) is { } fault ? new DnsAnswer([], !fault.IsNoSuchName)
        : new DnsAnswer(AddressesOf(name, podNamespace), false);

    /// <summary>Whether another one gives the same answers.</summary>
    public bool Says(NameService other) => Faults.SequenceEqual(other.Faults)
        && Same(_names, other._names, static (a, b) => a.Address == b.Address)
        && Same(_captured, other._captured, static (a, b) => a.Address == b.Address)
        && Same(_records, other._records, static (a, b) => a.Records.SequenceEqual(b.Records, StringComparer.Ordinal));

    private static bool Same<T>(Dictionary<string, T> a, Dictionary<string, T> b, Func<T, T, bool> same)
    {
        if (a.Count != b.Count)
        {
            return false;
        }

        foreach ((string key, T value) in a)
        {
            if (!b.TryGetValue(key, out T? other) || !same(value, other))
            {
                return false;
            }
        }

        return true;
    }

    private DnsFault? FaultOf(string name)
    {
        foreach (DnsFault fault in Faults)
        {
            if (fault.Host.Length == 0 || fault.Host.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return fault;
            }
        }

        return null;
    }

    /// <summary>Every address of a name; none when it does not exist here.</summary>
    /// <param name="name">Name.</param>
    /// <param name="podNamespace">Namespace of the pod that asks.</param>
    public IReadOnlyList<string> AddressesOf(string name, string podNamespace)
    {
        NameAnswer answer = Resolve(name, podNamespace);
        return answer.Address.Length == 0 ? [] : answer.Several ?? [answer.Address];
    }

    private readonly Dictionary<string, (string Address, string Text, SourceSpan Span)> _captured =
        new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Declares a full name that the sidecars answer (DNS capture).</summary>
    public void AddCaptured(string fqdn, string address, SourceSpan span) =>
        _captured.TryAdd(fqdn, (address, " (answered by the sidecar: DNS capture)", span));

    /// <summary>Declares a full name.</summary>
    public void Add(string fqdn, string address, string text, SourceSpan span) =>
        _names.TryAdd(fqdn, (address, text, span));

    /// <summary>Looks a name up as a pod of a namespace does: search path <c>NS.svc.D</c>, <c>svc.D</c>, <c>D</c>
    /// for names with fewer than five dots, then the name itself.</summary>
    /// <remarks>Kubernetes: dnsPolicy ClusterFirst, <c>ndots:5</c>.</remarks>
    /// <param name="name">Name.</param>
    /// <param name="podNamespace">Namespace of the pod.</param>
    /// <param name="isCaptured">The pod's application asks, and its sidecar answers what it knows.</param>
    /// <param name="domain">Domain of the cluster.</param>
    public NameAnswer Resolve(
        string name, string podNamespace, bool isCaptured = false, string domain = "cluster.local") =>
        Resolve(name, podNamespace, isCaptured, domain, AliasesMost);

    private const int AliasesMost = 8;

    private NameAnswer Resolve(string name, string podNamespace, bool isCaptured, string domain, int aliases)
    {
        if (System.Net.IPAddress.TryParse(name, out _))
        {
            return new NameAnswer(name, name, name + " is an address", default);
        }

        string bare = name.EndsWith('.') ? name[..^1] : name;
        string[] candidates = name.EndsWith('.') || bare.Count(static c => c == '.') >= 5
            ? [bare]
            : [bare + "." + podNamespace + ".svc." + domain, bare + ".svc." + domain, bare + "." + domain, bare];
        foreach (string candidate in candidates)
        {
            if (FaultOf(candidate) is { } fault && !(isCaptured && _captured.ContainsKey(candidate)))
            {
                if (fault.IsNoSuchName)
                {
                    continue;
                }

                return new NameAnswer("", bare, name + " does not resolve: cluster DNS does not answer", fault.Span);
            }

            bool isFound = _names.TryGetValue(candidate, out (string Address, string Text, SourceSpan Span) found);
            if (isFound || (isCaptured && _captured.TryGetValue(candidate, out found)))
            {
                return new NameAnswer(found.Address, candidate, name + " -> " + found.Address + found.Text, found.Span);
            }

            if (_records.TryGetValue(candidate, out (IReadOnlyList<string> Records, SourceSpan Span) own))
            {
                return OfRecords(name, candidate, own.Records, own.Span,
                    alias => aliases == 0 ? new NameAnswer("", alias, alias + " leads round in a circle", default)
                        : Resolve(alias + ".", podNamespace, isCaptured, domain, aliases - 1));
            }
        }

        return new NameAnswer("", bare, name + " does not resolve in this cluster: no Service of that name here",
            default);
    }

    private static NameAnswer OfRecords(
        string name, string fqdn, IReadOnlyList<string> records, SourceSpan span, Func<string, NameAnswer> follow)
    {
        if (records.Count == 0)
        {
            return new NameAnswer("", fqdn, name + " has no address: a headless Service without a ready pod", span);
        }

        if (!System.Net.IPAddress.TryParse(records[0], out _))
        {
            NameAnswer other = follow(records[0].TrimEnd('.'));
            return other with { Text = $"{name} is another name (ExternalName) of {records[0]}: {other.Text}" };
        }

        string pods = string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{name} -> {string.Join(", ", records.Take(4))}{(records.Count > 4 ? " ..." : "")}")
            + " (headless Service: its ready pods)";
        return new NameAnswer(records[0], fqdn, pods, span) { Several = records.Count > 1 ? records : null };
    }
}
