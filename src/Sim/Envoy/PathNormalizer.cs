using System.Text;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Normalizes request paths. Once per template: it allocates.</summary>
/// <remarks>
/// Envoy: source/common/http/path_utility.cc#PathUtil, source/common/chromium_url. The query is left alone. A path with
/// a fragment is refused in every mode, one with <c>%00</c> unless nothing is normalized.
/// </remarks>
public static class PathNormalizer
{
    private const string Unescaped = "!$%&'()*+,-./:;=@[]^_|~\\";

    /// <summary>The path that is matched and sent on; null when it is answered 400.</summary>
    /// <param name="path">Path with query.</param>
    /// <param name="mode">What is done.</param>
    public static string? Normalize(string path, PathNormalization mode)
    {
        if (path.Contains('#', StringComparison.Ordinal))
        {
            return null;
        }

        if (mode == PathNormalization.None || !path.StartsWith('/'))
        {
            return path;
        }

        string bare = RequestHeaders.WithoutQuery(path);
        string query = path[bare.Length..];
        if (mode == PathNormalization.DecodeAndMergeSlashes)
        {
            bare = bare.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase)
                .Replace("%5C", "\\", StringComparison.OrdinalIgnoreCase);
        }

        string? decoded = Decode(bare);
        if (decoded is null)
        {
            return null;
        }

        string result = WithoutDots(decoded);
        return (mode >= PathNormalization.MergeSlashes ? Merge(result) : result) + query;
    }

    private static string? Decode(string path)
    {
        var output = new StringBuilder(path.Length);
        for (int i = 0; i < path.Length; i++)
        {
            char c = path[i];
            if (c == '%' && i + 2 < path.Length && char.IsAsciiHexDigit(path[i + 1])
                && char.IsAsciiHexDigit(path[i + 2]))
            {
                char decoded = (char)Convert.ToByte(path.Substring(i + 1, 2), 16);
                if (decoded == '\0')
                {
                    return null;
                }

                bool isUnreserved = char.IsAsciiLetterOrDigit(decoded) || decoded is '-' or '.' or '_' or '~';
                output.Append(isUnreserved ? decoded.ToString() : path.Substring(i, 3));
                i += 2;
            }
            else if (c == '\\')
            {
                output.Append('/');
            }
            else if (char.IsAsciiLetterOrDigit(c) || Unescaped.Contains(c, StringComparison.Ordinal))
            {
                output.Append(c);
            }
            else
            {
                AppendEscaped(output, c);
            }
        }

        return output.ToString();
    }

    private static void AppendEscaped(StringBuilder output, char c)
    {
        foreach (byte b in Encoding.UTF8.GetBytes(c.ToString()))
        {
            output.Append('%').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    private static string WithoutDots(string path)
    {
        var kept = new List<string>();
        string[] segments = path[1..].Split('/');
        for (int i = 0; i < segments.Length; i++)
        {
            bool isLast = i == segments.Length - 1;
            if (segments[i] is "." or "..")
            {
                if (segments[i] == ".." && kept.Count > 0)
                {
                    kept.RemoveAt(kept.Count - 1);
                }

                if (isLast)
                {
                    kept.Add("");
                }
            }
            else
            {
                kept.Add(segments[i]);
            }
        }

        return "/" + string.Join('/', kept);
    }

    private static string Merge(string path)
    {
        var output = new StringBuilder(path.Length);
        foreach (char c in path)
        {
            if (c != '/' || output.Length == 0 || output[^1] != '/')
            {
                output.Append(c);
            }
        }

        return output.ToString();
    }
}
