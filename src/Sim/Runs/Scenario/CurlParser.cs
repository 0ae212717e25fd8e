using System.Globalization;
using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>Reads curl command lines.</summary>
/// <remarks>Options and their meaning: curl(1). An option that curl does not know ends curl with exit code 2 before
/// any request, so it is an error here; options that change nothing the simulator models (-s, -S, -i, -o, -v, -w, -f,
/// -L ...) are accepted.</remarks>
public static class CurlParser
{
    private static readonly string[] SilentFlags =
        ["-s", "--silent", "-S", "--show-error", "-v", "--verbose", "-i", "--include", "-f", "--fail", "-g",
         "--globoff", "-k", "--insecure", "-N", "--no-buffer", "-4", "--ipv4", "--http1.1", "-sS", "-sv", "-si"];

    private static readonly string[] SilentOptions =
        ["-o", "--output", "-w", "--write-out", "-A", "--user-agent", "-e", "--referer"];

    private static readonly string[] Known =
        ["-H", "--header", "-X", "--request", "-d", "--data", "--data-raw", "-m", "--max-time", "--connect-timeout",
         "-I", "--head", "--url", .. SilentFlags, .. SilentOptions];

    /// <summary>Reads a line.</summary>
    /// <param name="line">Arguments, with or without the word curl in front.</param>
    /// <param name="span">Where the line stands.</param>
    /// <param name="isTimeoutMaxTime">Whether the lab's <c>--timeout=N</c> is read as <c>--max-time N</c>
    /// (extension <c>curl-timeout</c>); otherwise curl exits with 2, with a warning.</param>
    /// <param name="diagnostics">Receives findings.</param>
    /// <returns>The request, or null when curl would not have sent one.</returns>
    public static CurlRequest? Parse(string line, SourceSpan span, bool isTimeoutMaxTime, DiagnosticBag diagnostics)
    {
        if (!ShellWords.TrySplit(line, out IReadOnlyList<string> words))
        {
            diagnostics.Error(ScenarioCodes.Curl, "a quote of the curl line is not closed", span);
            return null;
        }

        var state = new State(span, isTimeoutMaxTime, diagnostics);
        int start = words.Count > 0 && words[0] == "curl" ? 1 : 0;
        for (int i = start; i < words.Count && !state.HasErrors; i++)
        {
            state.Read(words, ref i);
        }

        return state.Finish(line);
    }

    private sealed class State(SourceSpan span, bool isTimeoutMaxTime, DiagnosticBag diagnostics)
    {
        private readonly List<KeyValuePair<string, string>> _headers = [];
        private string _method = "";
        private string _url = "";
        private string _hostHeader = "";
        private string? _body;
        private bool _isHead;
        private long _maxTimeNs;
        private long _connectTimeoutNs;
        private int _exit;

        public bool HasErrors { get; private set; }

        public void Read(IReadOnlyList<string> words, ref int i)
        {
            string word = words[i];
            if (!word.StartsWith('-') || word == "-")
            {
                SetUrl(word);
                return;
            }

            (string option, string? attached) = Split(word);
            if (SilentFlags.Contains(option))
            {
                return;
            }

            if (option is "-I" or "--head")
            {
                _isHead = true;
                return;
            }

            bool isTimeout = option == "--timeout";
            if (isTimeout && !isTimeoutMaxTime)
            {
                diagnostics.Warn(ScenarioCodes.Curl,
                    "curl: option --timeout: is unknown: curl exits with 2 and sends nothing", span,
                    "use --max-time, or switch on the extension curl-timeout");
                _exit = 2;
                if (attached is null && i + 1 < words.Count)
                {
                    i++;
                }

                return;
            }

            if (!isTimeout && !Known.Contains(option))
            {
                Error($"curl: option {option}: is unknown to the simulator or to curl", Names.Hint(option, Known));
                return;
            }

            string? value = attached ?? (i + 1 < words.Count ? words[++i] : null);
            if (value is null)
            {
                Error($"curl: option {option}: requires parameter", "");
                return;
            }

            Apply(option, value);
        }

        public CurlRequest? Finish(string line)
        {
            if (_url.Length == 0)
            {
                if (!HasErrors)
                {
                    Error("curl: no URL specified", "add http://HOST/PATH");
                }

                return null;
            }

            if (!TrySplitUrl(out string scheme, out string host, out int port, out string path) || HasErrors)
            {
                return null;
            }

            string method = _method.Length > 0 ? _method : _isHead ? "HEAD" : _body is null ? "GET" : "POST";
            int usual = scheme == "https" ? 443 : 80;
            string authority = _hostHeader.Length > 0 ? _hostHeader
                : port == usual ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
            return new CurlRequest(line, method, scheme, host, port, path, authority, _headers, _maxTimeNs,
                _connectTimeoutNs, _body is null ? 0 : System.Text.Encoding.UTF8.GetByteCount(_body), _exit, span);
        }

        private static (string Option, string? Attached) Split(string word)
        {
            if (word.StartsWith("--", StringComparison.Ordinal))
            {
                int equals = word.IndexOf('=', StringComparison.Ordinal);
                return equals < 0 ? (word, null) : (word[..equals], word[(equals + 1)..]);
            }

            return word.Length > 2 && !SilentFlags.Contains(word) ? (word[..2], word[2..]) : (word, null);
        }

        private void Apply(string option, string value)
        {
            switch (option)
            {
                case "-H" or "--header":
                    AddHeader(value);
                    break;
                case "-X" or "--request":
                    _method = value;
                    break;
                case "-d" or "--data" or "--data-raw":
                    _body = _body is null ? value : _body + "&" + value;
                    break;
                case "-m" or "--max-time" or "--timeout":
                    _maxTimeNs = Seconds(option, value);
                    break;
                case "--connect-timeout":
                    _connectTimeoutNs = Seconds(option, value);
                    break;
                case "--url":
                    SetUrl(value);
                    break;
                default:
                    break;
            }
        }

        private void AddHeader(string header)
        {
            int colon = header.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                Error($"curl sends no header for \"{header}\": it has no colon", "write -H \"name: value\"");
                return;
            }

            string name = header[..colon].Trim().ToLowerInvariant();
            string value = header[(colon + 1)..].Trim();
            if (name == "host")
            {
                _hostHeader = value;
            }
            else if (value.Length > 0)
            {
                _headers.Add(new(name, value));
            }
        }

        private long Seconds(string option, string value)
        {
            if (decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal s)
                && s < long.MaxValue / SimDuration.Second)
            {
                return (long)(s * SimDuration.Second);
            }

            Error($"curl: option {option}: expected a proper numerical parameter", "seconds, such as 5 or 0.5");
            return 0;
        }

        private void SetUrl(string url)
        {
            if (_url.Length > 0)
            {
                Error($"a curl line with two URLs ({_url} and {url})", "one request a line");
                return;
            }

            _url = url;
        }

        private bool TrySplitUrl(out string scheme, out string host, out int port, out string path)
        {
            (scheme, host, port, path) = ("http", "", 0, "/");
            string rest = _url;
            int sep = rest.IndexOf("://", StringComparison.Ordinal);
            if (sep >= 0)
            {
                scheme = rest[..sep].ToLowerInvariant();
                rest = rest[(sep + 3)..];
            }

            if (scheme is not ("http" or "https"))
            {
                Error($"the scheme of {_url} is not http or https", "");
                return false;
            }

            int end = rest.IndexOfAny(['/', '?', '#']);
            string authority = end < 0 ? rest : rest[..end];
            path = end < 0 ? "/" : rest[end] == '/' ? rest[end..] : "/" + rest[end..];
            int hash = path.IndexOf('#', StringComparison.Ordinal);
            path = hash < 0 ? path : path[..hash];
            int colon = authority.LastIndexOf(':');
            host = (colon < 0 ? authority : authority[..colon]).ToLowerInvariant();
            port = scheme == "https" ? 443 : 80;
            bool isPortGood = colon < 0 || int.TryParse(authority.AsSpan(colon + 1), NumberStyles.None,
                CultureInfo.InvariantCulture, out port);
            if (host.Length == 0 || !isPortGood || port is < 1 or > 65535)
            {
                Error($"curl: (3) URL rejected: {_url}", "write http://HOST[:PORT]/PATH");
                return false;
            }

            return true;
        }

        private void Error(string message, string hint)
        {
            HasErrors = true;
            diagnostics.Error(ScenarioCodes.Curl, message, span, hint);
        }
    }
}
