using System.Globalization;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Where a redirect sends the caller. Allocates: once per template.</summary>
/// <remarks>Envoy: source/common/router/config_impl.cc#RouteEntryImplBase::newUri, config_utility.cc.</remarks>
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
        string host = redirect.Host.Length > 0 ? redirect.Host : request.Authority ?? "";
        if (redirect.Port is int port)
        {
            bool isDefault = (scheme == "http" && port == 80) || (scheme == "https" && port == 443);
            host = WithoutPort(host) + (isDefault ? "" : ":" + port.ToString(CultureInfo.InvariantCulture));
        }
        else if (scheme != came && redirect.Host.Length == 0)
        {
            host = DropDefaultPort(host, came);
        }

        return scheme + "://" + host + Path(route, redirect, request.Path ?? "/");
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
