using System.Globalization;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Where a redirect sends the caller. Allocates: once per template.</summary>
/// <remarks>Envoy: source/common/http/utility.cc#Utility::newUri, processRequestHost: a stated port is always
/// written; istiod states none where the usual one is meant.</remarks>
public static class RouteRedirect
{
    /// <summary>The <c>location</c> header.</summary>
    /// <param name="route">A route with a redirect.</param>
    /// <param name="request">Request.</param>
    public static string Location(CompiledRoute route, RequestHeaders request)
    {
        RedirectAction redirect = route.Source.Redirect
            ?? throw new ArgumentException("the route is no redirect", nameof(route));
        string came = request.Scheme ?? "http";
        string scheme = redirect.Scheme.Length > 0 ? redirect.Scheme : came;
        string host = redirect.Host;
        if (host.Length == 0)
        {
            string asked = request.Authority ?? "";
            host = redirect.Port is not null ? WithoutPort(asked)
                : scheme != came ? DropDefaultPort(asked, came) : asked;
        }

        string port = redirect.Port is int number ? ":" + number.ToString(CultureInfo.InvariantCulture) : "";
        return scheme + "://" + host + port + Path(route, redirect, request.Path ?? "/");
    }

    /// <summary>The redirect of a virtual host that requires TLS.</summary>
    public static string ToHttps(RequestHeaders request) =>
        "https://" + DropDefaultPort(request.Authority ?? "", "http") + request.Path;

    private static string Path(CompiledRoute route, RedirectAction redirect, string path)
    {
        string query = path[RequestHeaders.WithoutQuery(path).Length..];
        if (redirect.Path.Length > 0)
        {
            return redirect.Path.Contains('?', StringComparison.Ordinal) ? redirect.Path : redirect.Path + query;
        }

        return redirect.PrefixRewrite.Length > 0 ? route.ReplaceMatched(path, redirect.PrefixRewrite)
            : route.Rewrite.Apply(path);
    }

    private static string DropDefaultPort(string host, string came)
    {
        string suffix = came == "https" ? ":443" : ":80";
        return host.EndsWith(suffix, StringComparison.Ordinal) ? host[..^suffix.Length] : host;
    }

    private static string WithoutPort(string host)
    {
        int colon = host.LastIndexOf(':');
        return colon > host.LastIndexOf(']') ? host[..colon] : host;
    }
}
