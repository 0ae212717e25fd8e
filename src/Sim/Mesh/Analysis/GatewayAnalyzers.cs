using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Ports, certificates and Secrets of Gateways.</summary>
/// <remarks>Istio: pkg/config/analysis/analyzers/gateway. Simplified: a certificate must be readable; whether it has
/// expired is not asked, for want of a clock.</remarks>
internal static class GatewayAnalyzers
{
    /// <summary>Ports that no Service of the gateway pods leads to.</summary>
    public static void Ports(AnalysisContext c)
    {
        foreach (KubeObject gateway in c.Each("Gateway"))
        {
            IReadOnlyList<(string Key, string Value)> selector = Selector(gateway);
            List<KubeObject> pods = [.. c.Each("Pod").Where(p => LabelText.Matches(selector, p))];
            if (pods.Count == 0)
            {
                ReportSelector(c, gateway, selector);
                continue;
            }

            var open = new HashSet<long>();
            foreach (KubeObject pod in pods)
            {
                foreach (KubeObject service in c.Each("Service").Where(s => s.Namespace == pod.Namespace
                             && LabelText.Matches(LabelText.Pairs(s.Node.At("spec", "selector")), pod)))
                {
                    open.UnionWith(service.Node.Items("spec", "ports").Where(static p => p.Text("protocol") == "TCP")
                        .Select(static p => p.Number("targetPort") is var t and not 0 ? t : p.Number("port")));
                }
            }

            foreach (YamlNode server in gateway.Node.Items("spec", "servers"))
            {
                long port = server.Number("port", "number");
                if (server.At("port") is not null && !open.Contains(port))
                {
                    c.Report("IST0162", gateway, string.Create(CultureInfo.InvariantCulture,
                        $"The gateway is listening on a target port (port {port}) that is not defined in the Service " +
                        $"associated with its workload instances (Pod selector {LabelText.Show(selector)}). If you " +
                        $"need to access the gateway port through the gateway Service, it will not be available."),
                        LineOfSelector(gateway, selector));
                }
            }
        }
    }

    /// <summary>Certificates that several Gateways of one set of pods serve.</summary>
    public static void Certificates(AnalysisContext c)
    {
        foreach (KubeObject gateway in c.Each("Gateway"))
        {
            IReadOnlyList<(string Key, string Value)> selector = Selector(gateway);
            foreach (KubeObject other in c.Each("Gateway"))
            {
                bool isSame = ReferenceEquals(other, gateway);
                if (!isSame && LabelText.Matches(selector, Selector(other)) && ShareCertificate(gateway, other))
                {
                    string names = LabelText.List([AnalysisContext.FullName(gateway), AnalysisContext.FullName(other)]);
                    c.Report("IST0138", gateway, $"Duplicate certificate in multiple gateways {names} may cause 404s " +
                        "if clients re-use HTTP2 connections.", AnalysisContext.LineOf(gateway, "metadata", "name"));
                }
            }
        }
    }

    /// <summary>Secrets that are missing where the gateway pods run, or hold no certificate.</summary>
    public static void Secrets(AnalysisContext c)
    {
        foreach (KubeObject gateway in c.Each("Gateway"))
        {
            IReadOnlyList<(string Key, string Value)> selector = Selector(gateway);
            KubeObject? pod = c.Each("Pod").FirstOrDefault(p => LabelText.Matches(selector, p));
            if (pod is null)
            {
                ReportSelector(c, gateway, selector);
                continue;
            }

            IReadOnlyList<YamlNode> servers = gateway.Node.Items("spec", "servers");
            for (int i = 0; i < servers.Count; i++)
            {
                string name = servers[i].Text("tls", "credentialName");
                int? line = AnalysisContext.LineOf(gateway, "spec", "servers",
                    i.ToString(CultureInfo.InvariantCulture), "tls", "credentialName");
                int slash = name.IndexOf('/', StringComparison.Ordinal);
                KubeObject? secret = name.Length == 0 ? null
                    : slash < 0 ? c.Find("Secret", pod.Namespace, name)
                    : c.Find("Secret", name[..slash], name[(slash + 1)..]);
                if (name.Length > 0 && secret is null)
                {
                    c.Report("IST0101", gateway, $"Referenced credentialName not found: {JsonText.Quote(name)}", line);
                }
                else if (secret is not null && !HoldsCertificate(secret))
                {
                    c.Report("IST0161", gateway, $"The credential referenced by the Gateway {gateway.Name} in " +
                        $"namespace {pod.Namespace} is invalid, which can cause the traffic not to work as expected.",
                        line);
                }
            }
        }
    }

    /// <summary>Labels of the gateway pods.</summary>
    public static IReadOnlyList<(string Key, string Value)> Selector(KubeObject gateway) =>
        LabelText.Pairs(gateway.Node.At("spec", "selector"));

    /// <summary>Line of the first label of a Gateway's selector.</summary>
    public static int? LineOfSelector(KubeObject gateway, IReadOnlyList<(string Key, string Value)> selector) =>
        AnalysisContext.LineOf(gateway, "spec", "selector", LabelText.FirstKey(selector));

    /// <summary>Says that a Gateway's selector meets nothing.</summary>
    public static void ReportSelector(
        AnalysisContext c, KubeObject gateway, IReadOnlyList<(string Key, string Value)> selector) =>
        c.Report("IST0101", gateway, $"Referenced selector not found: {JsonText.Quote(LabelText.Show(selector))}",
            LineOfSelector(gateway, selector));

    private static bool ShareCertificate(KubeObject a, KubeObject b)
    {
        static IEnumerable<YamlNode> Tls(KubeObject o) => o.Node.Items("spec", "servers")
            .Select(static s => s.At("tls")).OfType<YamlNode>();
        return Tls(a).Any(x => Tls(b).Any(y => IsSame(x, y)));
    }

    private static bool IsSame(YamlNode x, YamlNode y)
    {
        string name = x.Text("credentialName");
        if (name.Length > 0 || y.Text("credentialName").Length > 0)
        {
            return name == y.Text("credentialName");
        }

        string certificate = x.Text("serverCertificate");
        string key = x.Text("privateKey");
        return certificate.Length > 0 && certificate == y.Text("serverCertificate")
               && key.Length > 0 && key == y.Text("privateKey");
    }

    /// <summary>True when a Secret has a key and a certificate that can be read.</summary>
    private static bool HoldsCertificate(KubeObject secret)
    {
        (string Certificate, string Key)[] names = [("cert", "key"), ("tls.crt", "tls.key")];
        foreach ((string certificate, string key) in names)
        {
            if (Data(secret, certificate) is { Length: > 0 } text && Data(secret, key).Length > 0)
            {
                return IsCertificate(System.Text.Encoding.Latin1.GetString(text));
            }
        }

        return false;
    }

    private static byte[] Data(KubeObject secret, string key)
    {
        string text = secret.Node.Text("data", key);
        byte[] buffer = new byte[text.Length];
        return Convert.TryFromBase64String(text, buffer, out int length) ? buffer[..length]
            : System.Text.Encoding.UTF8.GetBytes(secret.Node.Text("stringData", key));
    }

    private static bool IsCertificate(string text)
    {
        if (!PemEncoding.TryFind(text, out PemFields fields))
        {
            return false;
        }

        try
        {
            using X509Certificate2 certificate =
                X509CertificateLoader.LoadCertificate(Convert.FromBase64String(text[fields.Base64Data]));
            return true;
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return false;
        }
    }
}
