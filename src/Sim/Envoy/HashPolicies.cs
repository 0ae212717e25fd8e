using System.Globalization;
using System.Numerics;
using Sim.Core;
using Sim.Core.RegularExpressions;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Hash of one request.</summary>
/// <param name="Hash">The hash; null = none, a random host is used.</param>
/// <param name="SetCookie">Value of a <c>Set-Cookie</c> response header; null = none.</param>
public readonly record struct HashResult(ulong? Hash, string? SetCookie);

/// <summary>The hash policies of a route, compiled once.</summary>
/// <remarks>
/// Envoy: source/common/http/hash_policy.cc#HashPolicyImpl::generateHash. Headers with one line, query parameters and
/// addresses are hashed without allocation; several lines, rewrites and cookies allocate.
/// </remarks>
public sealed class HashPolicies
{
    private readonly HashPolicy[] _policies;
    private readonly Re2?[] _rewrites;

    /// <summary>Compiles policies.</summary>
    /// <param name="policies">Policies in order.</param>
    /// <param name="diagnostics">Takes rewrites that RE2 would refuse; such a policy leaves values as they are.</param>
    public HashPolicies(IReadOnlyList<HashPolicy> policies, DiagnosticBag? diagnostics = null)
    {
        _policies = [.. policies.Select(static p => p with { Name = NameOf(p) })];
        _rewrites = [.. policies.Select(p => Compile(p, diagnostics))];
    }

    /// <summary>True when no request gets a hash.</summary>
    public bool IsEmpty => _policies.Length == 0;

    /// <summary>Runs the policies in order.</summary>
    /// <param name="request">The request.</param>
    /// <param name="remoteAddress">Address of the client, <c>ip:port</c> (IPv6 in brackets); empty = unknown.</param>
    /// <param name="localAddress">Address the connection was accepted on, <c>ip:port</c>.</param>
    public HashResult Compute(RequestHeaders request, string remoteAddress, string localAddress)
    {
        var hash = default(Accumulator);
        string? setCookie = null;
        for (int i = 0; i < _policies.Length; i++)
        {
            HashPolicy policy = _policies[i];
            ulong? value = policy.Kind switch
            {
                "header" => OfHeader(request.Headers.Lines(policy.Name), i),
                "cookie" => OfCookie(policy, request, remoteAddress, localAddress, ref setCookie),
                "source_ip" => remoteAddress.Length == 0 ? null : XxHash64.Of(WithoutPort(remoteAddress)),
                "query_parameter" => request.QueryParameter(policy.Name) is string q ? XxHash64.Of(q) : null,
                _ => null,
            };
            if (hash.Add(value, policy.Terminal))
            {
                break;
            }
        }

        return new HashResult(hash.HasHash ? hash.Hash : null, setCookie);
    }

    /// <summary>Hash of the values of one header: sorted, each hash the seed of the next.</summary>
    internal static ulong OfHeaderValues(ReadOnlySpan<string> values)
    {
        if (values.Length == 1)
        {
            return XxHash64.Of(values[0]);
        }

        string[] sorted = values.ToArray();
        Array.Sort(sorted, StringComparer.Ordinal);
        return Chain(sorted);
    }

    /// <summary>Hash of texts in their order, each hash the seed of the next.</summary>
    internal static ulong Chain(ReadOnlySpan<string> texts)
    {
        ulong hash = 0;
        foreach (string text in texts)
        {
            hash = XxHash64.Of(text, hash);
        }

        return hash;
    }

    private static string NameOf(HashPolicy policy) =>
        policy.Kind == "header" ? policy.Name.ToLowerInvariant() : policy.Name;

    private static Re2? Compile(HashPolicy policy, DiagnosticBag? diagnostics) =>
        policy.RegexRewrite is (string pattern, _)
            ? EnvoyRegex.Compile(pattern, Re2Options.None, SourceSpan.None, diagnostics) : null;

    private ulong? OfHeader(ReadOnlySpan<string> values, int index)
    {
        if (values.Length == 0)
        {
            return null;
        }

        if (_rewrites[index] is not { } regex)
        {
            return OfHeaderValues(values);
        }

        string substitution = _policies[index].RegexRewrite!.Value.Substitution;
        string[] rewritten = values.ToArray();
        for (int i = 0; i < rewritten.Length; i++)
        {
            rewritten[i] = regex.ReplaceAll(rewritten[i], m => m.ExpandRe2(substitution));
        }

        return OfHeaderValues(rewritten);
    }

    private static ulong? OfCookie(
        HashPolicy policy, RequestHeaders request, string remoteAddress, string localAddress, ref string? setCookie)
    {
        string value = CookieOf(policy.Name, request.Headers.Lines("cookie"));
        if (value.Length == 0)
        {
            if (policy.CookieTtlNs is not long ttl)
            {
                return null;
            }

            value = XxHash64.Of(remoteAddress + localAddress).ToString("x16", CultureInfo.InvariantCulture);
            string maxAge = ttl == 0 ? ""
                : "; Max-Age=" + (ttl / SimDuration.Second).ToString(CultureInfo.InvariantCulture);
            string path = policy.CookiePath.Length == 0 ? "" : "; Path=" + policy.CookiePath;
            setCookie = policy.Name + "=\"" + value + "\"" + maxAge + path + "; HttpOnly";
        }

        return XxHash64.Of(value);
    }

    /// <summary>First cookie of a name, without quotes; empty when there is none.</summary>
    private static string CookieOf(string cookie, ReadOnlySpan<string> lines)
    {
        foreach (string text in lines)
        {
            foreach (string part in text.Split(';'))
            {
                string trimmed = part.Trim(' ', '\t');
                int equals = trimmed.IndexOf('=', StringComparison.Ordinal);
                if (equals < 0 || !trimmed.AsSpan(0, equals).SequenceEqual(cookie))
                {
                    continue;
                }

                string value = trimmed[(equals + 1)..];
                return value.Length >= 2 && value[0] == '"' && value[^1] == '"' ? value[1..^1] : value;
            }
        }

        return "";
    }

    private static ReadOnlySpan<char> WithoutPort(string address)
    {
        int colon = address.LastIndexOf(':');
        ReadOnlySpan<char> host = colon < 0 ? address : address.AsSpan(0, colon);
        return host.Length > 1 && host[0] == '[' && host[^1] == ']' ? host[1..^1] : host;
    }

    /// <summary>Combines the hashes of several policies.</summary>
    internal struct Accumulator
    {
        /// <summary>The hash so far.</summary>
        public ulong Hash { get; private set; }

        /// <summary>True once a policy has given a value.</summary>
        public bool HasHash { get; private set; }

        /// <summary>Takes the value of the next policy. True when no further policy is asked.</summary>
        public bool Add(ulong? value, bool isTerminal)
        {
            if (value is ulong hash)
            {
                Hash = HasHash ? BitOperations.RotateLeft(Hash, 1) ^ hash : hash;
                HasHash = true;
            }

            return isTerminal && HasHash;
        }
    }
}
