using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>What hash policies read of a request.</summary>
/// <param name="Headers">Headers in order, names in any case; pseudo headers may be among them.</param>
/// <param name="Path">Path with query, as sent.</param>
/// <param name="RemoteAddress">Address of the client, <c>ip:port</c> (IPv6 in brackets).</param>
/// <param name="LocalAddress">Address the connection was accepted on, <c>ip:port</c>.</param>
public readonly record struct HashInput(
    IReadOnlyList<KeyValuePair<string, string>> Headers, string Path, string RemoteAddress, string LocalAddress);

/// <summary>Hash of one request.</summary>
/// <param name="Hash">The hash; null = none, a random host is used.</param>
/// <param name="SetCookie">Value of a <c>Set-Cookie</c> response header; null = none.</param>
public readonly record struct HashResult(ulong? Hash, string? SetCookie);

/// <summary>Hash of a request by the policies of its route.</summary>
/// <remarks>Envoy: source/common/http/hash_policy.cc#HashPolicyImpl::generateHash.</remarks>
public static class HashPolicies
{
    /// <summary>Runs the policies in order.</summary>
    public static HashResult Compute(IReadOnlyList<HashPolicy> policies, in HashInput input)
    {
        var hash = default(Accumulator);
        string? setCookie = null;
        foreach (HashPolicy policy in policies)
        {
            ulong? value = policy.Kind switch
            {
                "header" => OfHeader(policy, input),
                "cookie" => OfCookie(policy, input, ref setCookie),
                "source_ip" => input.RemoteAddress.Length == 0 ? null : XxHash64.Of(WithoutPort(input.RemoteAddress)),
                "query_parameter" => OfQueryParameter(policy.Name, input.Path),
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
    public static ulong OfHeaderValues(IReadOnlyList<string> values)
    {
        if (values.Count == 1)
        {
            return XxHash64.Of(values[0]);
        }

        string[] sorted = [.. values];
        Array.Sort(sorted, StringComparer.Ordinal);
        return Chain(sorted);
    }

    /// <summary>Hash of texts in their order, each hash the seed of the next.</summary>
    public static ulong Chain(IReadOnlyList<string> texts)
    {
        ulong hash = 0;
        foreach (string text in texts)
        {
            hash = XxHash64.Of(text, hash);
        }

        return hash;
    }

    private static ulong? OfHeader(HashPolicy policy, in HashInput input)
    {
        var values = new List<string>(1);
        foreach ((string name, string value) in input.Headers)
        {
            if (string.Equals(name, policy.Name, StringComparison.OrdinalIgnoreCase))
            {
                values.Add(value);
            }
        }

        if (values.Count == 0 && string.Equals(policy.Name, ":path", StringComparison.Ordinal))
        {
            values.Add(input.Path);
        }

        if (values.Count == 0)
        {
            return null;
        }

        if (policy.RegexRewrite is (string pattern, string substitution))
        {
            string replacement = Substitution(substitution);
            for (int i = 0; i < values.Count; i++)
            {
                values[i] = Regex.Replace(values[i], pattern, replacement, RegexOptions.CultureInvariant);
            }
        }

        return OfHeaderValues(values);
    }

    /// <summary>RE2's <c>\1</c> as .NET's <c>${1}</c>.</summary>
    private static string Substitution(string re2)
    {
        string text = "";
        for (int i = 0; i < re2.Length; i++)
        {
            char c = re2[i];
            if (c == '\\' && i + 1 < re2.Length)
            {
                char next = re2[++i];
                text += char.IsAsciiDigit(next) ? "${" + next + "}" : next.ToString();
            }
            else
            {
                text += c == '$' ? "$$" : c.ToString();
            }
        }

        return text;
    }

    private static ulong? OfCookie(HashPolicy policy, in HashInput input, ref string? setCookie)
    {
        string value = CookieOf(policy.Name, input.Headers);
        if (value.Length == 0)
        {
            if (policy.CookieTtlNs is not long ttl)
            {
                return null;
            }

            value = XxHash64.Of(input.RemoteAddress + input.LocalAddress).ToString("x16", CultureInfo.InvariantCulture);
            string maxAge = ttl == 0 ? ""
                : "; Max-Age=" + (ttl / SimDuration.Second).ToString(CultureInfo.InvariantCulture);
            string path = policy.CookiePath.Length == 0 ? "" : "; Path=" + policy.CookiePath;
            setCookie = policy.Name + "=\"" + value + "\"" + maxAge + path + "; HttpOnly";
        }

        return XxHash64.Of(value);
    }

    /// <summary>First cookie of a name, without quotes; empty when there is none.</summary>
    private static string CookieOf(string cookie, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        foreach ((string name, string text) in headers)
        {
            if (!string.Equals(name, "cookie", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

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

    private static ulong? OfQueryParameter(string parameter, string path)
    {
        int start = path.IndexOf('?', StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        int end = path.IndexOf('#', start);
        string query = end < 0 ? path[(start + 1)..] : path[(start + 1)..end];
        foreach (string part in query.Split('&'))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            ReadOnlySpan<char> name = equals < 0 ? part : part.AsSpan(0, equals);
            if (name.SequenceEqual(parameter))
            {
                return XxHash64.Of(equals < 0 ? "" : part[(equals + 1)..]);
            }
        }

        return null;
    }

    private static string WithoutPort(string address)
    {
        int colon = address.LastIndexOf(':');
        string host = colon < 0 ? address : address[..colon];
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
