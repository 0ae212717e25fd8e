using System.Text.RegularExpressions;
using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>A compiled RBAC expression (permission or principal). Allocates nothing when asked.</summary>
/// <remarks>Envoy: source/extensions/filters/common/rbac/matchers.cc.</remarks>
internal sealed class RbacExpression
{
    private readonly RbacNodeKind _kind;
    private readonly RbacExpression[] _children = [];
    private readonly HeaderMatch? _header;
    private readonly StringMatch? _match;
    private readonly Regex? _template;
    private readonly CidrRange? _range;
    private readonly RbacNode _node;

    private RbacExpression(RbacNode node, RepeatedHeaderRule rule, SourceSpan span, DiagnosticBag? diagnostics)
    {
        _node = node;
        _kind = node.Kind;
        _children = [.. node.Children.Select(c => new RbacExpression(c, rule, span, diagnostics))];
        _header = node.Header is null ? null : HeaderMatch.Compile(node.Header, rule, span, diagnostics);
        if (node.Kind == RbacNodeKind.UriTemplate)
        {
            _template = UriTemplate.Compile(node.Match!.Value, span, diagnostics);
        }
        else if (node.Match is not null)
        {
            _match = StringMatch.Compile(node.Match, span, diagnostics);
        }

        if (node.Cidr.Length > 0)
        {
            _range = CidrRange.Parse(node.Cidr);
            if (_range is null)
            {
                diagnostics?.Error("MS5003", "'" + node.Cidr + "' is no IP address or CIDR range.", span);
            }
        }
    }

    /// <summary>Compiles an expression.</summary>
    public static RbacExpression Compile(
        RbacNode node, RepeatedHeaderRule rule, SourceSpan span, DiagnosticBag? diagnostics) =>
        new(node, rule, span, diagnostics);

    /// <summary>Whether it holds.</summary>
    public bool Holds(in RbacRequest request)
    {
        switch (_kind)
        {
            case RbacNodeKind.Any:
                return true;
            case RbacNodeKind.And:
                return All(request);
            case RbacNodeKind.Or:
                return AnyOf(_children, request);
            case RbacNodeKind.Not:
                return !_children[0].Holds(request);
            case RbacNodeKind.Header:
                return _header!.Matches(request.Headers?.Headers ?? HeaderMap.Empty);
            case RbacNodeKind.UrlPath:
                return request.Headers?.PathWithoutQuery is string path && _match!.Matches(path);
            case RbacNodeKind.UriTemplate:
                return request.Headers?.PathWithoutQuery is string text && _template is not null
                    && _template.IsMatch(text);
            case RbacNodeKind.DestinationIp:
                return InRange(request.DestinationIp);
            case RbacNodeKind.SourceIp:
                return InRange(request.SourceIp);
            case RbacNodeKind.DirectRemoteIp:
                return InRange(request.DirectRemoteIp);
            case RbacNodeKind.RemoteIp:
                return InRange(request.RemoteIp);
            case RbacNodeKind.DestinationPort:
                return request.DestinationPort == _node.Port;
            case RbacNodeKind.DestinationPortRange:
                return request.DestinationPort >= _node.Port && request.DestinationPort < _node.PortEnd;
            case RbacNodeKind.RequestedServerName:
                return _match!.Matches(request.ServerName ?? "");
            case RbacNodeKind.Authenticated:
                return request.Peer is not null && (_match is null || IsPeer(request.Peer, _match));
            case RbacNodeKind.MtlsAuthenticated:
                return request.Peer is { IsValidated: true } peer && (_match is null || IsPeer(peer, _match));
            case RbacNodeKind.Metadata:
                return MetadataHolds(request.Metadata ?? RequestMetadata.Empty);
            case RbacNodeKind.FilterState:
                return request.Metadata is not null
                    && request.Metadata.FilterState.TryGetValue(_node.Filter, out string? state)
                    && _match!.Matches(state);
            case RbacNodeKind.SourceCluster:
                return request.SourceCluster is not null && _match!.Matches(request.SourceCluster);
            default:
                throw new InvalidOperationException("unknown RBAC node " + _kind);
        }
    }

    /// <summary>Whether one of several expressions holds.</summary>
    public static bool AnyOf(RbacExpression[] expressions, in RbacRequest request)
    {
        foreach (RbacExpression expression in expressions)
        {
            if (expression.Holds(request))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsPeer(RbacPeer peer, StringMatch match)
    {
        for (int i = 0; i < peer.UriSans.Count; i++)
        {
            if (match.Matches(peer.UriSans[i]))
            {
                return true;
            }
        }

        for (int i = 0; i < peer.DnsSans.Count; i++)
        {
            if (match.Matches(peer.DnsSans[i]))
            {
                return true;
            }
        }

        return match.Matches(peer.Subject);
    }

    private bool All(in RbacRequest request)
    {
        foreach (RbacExpression child in _children)
        {
            if (!child.Holds(request))
            {
                return false;
            }
        }

        return true;
    }

    private bool InRange(IpAddress address) => _range is CidrRange range && range.Contains(address);

    private bool MetadataHolds(RequestMetadata metadata)
    {
        MetadataValue? value = metadata.Find(_node.Filter, _node.MetadataPath);
        if (value is null)
        {
            return false;
        }

        if (!_node.MetadataIsList)
        {
            return _node.Match!.Kind == StringMatchKind.Present
                || (value.Text is not null && _match!.Matches(value.Text));
        }

        for (int i = 0; value.Items is not null && i < value.Items.Count; i++)
        {
            if (value.Items[i].Text is string item && _match!.Matches(item))
            {
                return true;
            }
        }

        return false;
    }
}
